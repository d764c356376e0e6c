/**
 * The state machine of a stop: its states, its plan and its record. It sends nothing and does not wait, and knows no
 * OS, no thread and no clock. Only {@code process} drives it, with the word of the process; {@code log}, {@code guard}
 * and the API read its values.
 */
package io.github.lastcall.internal.stop;
