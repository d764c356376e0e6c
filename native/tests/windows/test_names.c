#include "harness.h"

static void expect_name(const char *expected, lc_i64 (*name)(lc_i32, char *, lc_i64), int code) {
    char text[33] = "";
    lc_i64 length = name(code, text, 32);
    CHECK_EQ(strlen(expected), length);
    CHECK_TEXT(expected, text);
}

TEST(codes_have_names) {
    expect_name("ERROR_FILE_NOT_FOUND", lc_error_name, 2);
    expect_name("ERROR_ACCESS_DENIED", lc_error_name, 5);
    expect_name("ERROR_INVALID_HANDLE", lc_error_name, 6);
    expect_name("ERROR_DIRECTORY", lc_error_name, 267);
    expect_name("ERROR_ELEVATION_REQUIRED", lc_error_name, 740);
    expect_name("ERROR_EXE_MACHINE_TYPE_MISMATCH", lc_error_name, 216);
    expect_name("", lc_error_name, 0);
    expect_name("", lc_error_name, 4711);
    expect_name("", lc_error_name, -1);
}

TEST(calls_have_names) {
    expect_name("CreateProcess", lc_call_name, LC_CALL_CREATE_PROCESS);
    expect_name("RegisterWaitForSingleObject", lc_call_name, LC_CALL_REGISTER_WAIT);
    expect_name("HeapAlloc", lc_call_name, LC_CALL_HEAP_ALLOC);
    for (int call = LC_CALL_CREATE_PROCESS; call <= LC_CALL_HEAP_ALLOC; call++) {
        char text[32];
        CHECK(lc_call_name(call, text, sizeof text) > 0);
    }
    expect_name("", lc_call_name, LC_CALL_HEAP_ALLOC + 1);
    expect_name("", lc_call_name, LC_CALL_CREATE_PROCESS - 1);
}

TEST(the_first_init_decides) {
    CHECK_EQ(LC_ABI, lc_abi());
    lc_i64 features = lc_init(LC_FEATURE_JOB_LIST);
    CHECK_EQ(features, lc_init(0));
    CHECK((features & LC_FEATURE_PIDFD) != 0);
    CHECK((features & LC_FEATURE_PIDFD_GROUP) != 0);
    const char *disable = getenv("LASTCALL_TEST_DISABLE");
    CHECK_EQ(disable == NULL, (features & LC_FEATURE_JOB_LIST) != 0);
}
