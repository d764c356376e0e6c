#include "harness.h"

static void expect_name(const char *expected, int what, int code) {
    char text[129] = "";
    lc_i64 length = lc_name(what, code, text, 128);
    CHECK_EQ(strlen(expected), length);
    CHECK_TEXT(expected, text);
}

TEST(codes_have_names) {
    expect_name("ERROR_FILE_NOT_FOUND", LC_NAME_ERROR, 2);
    expect_name("ERROR_ACCESS_DENIED", LC_NAME_ERROR, 5);
    expect_name("ERROR_INVALID_HANDLE", LC_NAME_ERROR, 6);
    expect_name("ERROR_DIRECTORY", LC_NAME_ERROR, 267);
    expect_name("ERROR_ELEVATION_REQUIRED", LC_NAME_ERROR, 740);
    expect_name("ERROR_EXE_MACHINE_TYPE_MISMATCH", LC_NAME_ERROR, 216);
    expect_name("", LC_NAME_ERROR, 0);
    expect_name("", LC_NAME_ERROR, 4711);
    expect_name("", LC_NAME_ERROR, -1);
}

TEST(calls_have_names) {
    expect_name("CreateProcess", LC_NAME_CALL, LC_CALL_CREATE_PROCESS);
    expect_name("RegisterWaitForSingleObject", LC_NAME_CALL, LC_CALL_REGISTER_WAIT);
    expect_name("OpenProcess", LC_NAME_CALL, LC_CALL_OPEN_PROCESS);
    for (int call = LC_CALL_CREATE_PROCESS; call <= LC_CALL_OPEN_PROCESS; call++) {
        char text[32];
        CHECK(lc_name(LC_NAME_CALL, call, text, sizeof text) > 0);
    }
    expect_name("", LC_NAME_CALL, LC_CALL_OPEN_PROCESS + 1);
    expect_name("", LC_NAME_CALL, LC_CALL_CREATE_PROCESS - 1);
}

/* In the language of the system: only its form can be looked at. Wine has no text that would have to be cut. */
TEST(codes_have_texts) {
    int texts = 0;
    for (int code = 0; code < 2000; code++) {
        char text[129];
        WCHAR wide[129];
        lc_i64 length = lc_name(LC_NAME_TEXT, code, text, 128);
        CHECK(length >= 0 && length <= 128);
        texts += length > 0;
        if (length > 0) {
            CHECK(text[length - 1] != '\n' && text[length - 1] != '\r' && text[length - 1] != ' ');
            CHECK(MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, (int) length, wide, 129) > 0);
            CHECK(memchr(text, '\n', (size_t) length) == NULL);
            CHECK_ERROR(LC_ERR_INVALID, 0, lc_name(LC_NAME_TEXT, code, text, length - 1));
        }
    }
    CHECK(texts > 500);
    CHECK(lc_name(LC_NAME_TEXT, ERROR_ACCESS_DENIED, NULL, 128) < 0);
    expect_name("", LC_NAME_TEXT, 0);
    expect_name("", LC_NAME_TEXT, 0x7ffffff1);
}

TEST(an_english_text_is_as_microsoft_has_it) {
    if (PRIMARYLANGID(GetUserDefaultUILanguage()) != LANG_ENGLISH) {
        SKIP("the texts of this system are not English");
    }
    char text[129] = "";
    CHECK(lc_name(LC_NAME_TEXT, ERROR_PATH_NOT_FOUND, text, 128) > 0);
    CHECK(strstr(text, is_wine() ? "Path not found" : "cannot find the path specified") != NULL);
    CHECK(text[strlen(text) - 1] != '.');
}

TEST(other_names_are_invalid) {
    char text[8];
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_name(3, 2, text, sizeof text));
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_name(-1, 2, text, sizeof text));
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_name(LC_NAME_ERROR, 2, text, sizeof text));
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_name(LC_NAME_ERROR, 2, NULL, 128));
}

TEST(the_first_init_decides) {
    lc_i64 features = lc_init(LC_FEATURE_JOB_LIST);
    CHECK_EQ(LC_ABI, features >> 32);
    CHECK_EQ(features, lc_init(0));
    CHECK_EQ(features, lc_invoke(LC_FUNCTION_INIT, 0, 0, 0, 0, 0, 0));
    CHECK((features & LC_FEATURE_PIDFD) != 0);
    CHECK((features & LC_FEATURE_PIDFD_GROUP) != 0);
    const char *disable = getenv("LASTCALL_TEST_DISABLE");
    CHECK_EQ(disable == NULL, (features & LC_FEATURE_JOB_LIST) != 0);
}
