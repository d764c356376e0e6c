package io.github.lastcall;
