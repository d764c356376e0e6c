/**
 * What a stop does: its states, its plan and what it records. It sends nothing and waits for nothing, and knows no OS,
 * no thread and no clock. Driven by {@code process} alone, with the word of the process held; its values are read by
 * {@code log}, {@code guard} and the API.
 */
package io.github.lastcall.internal.stop;
