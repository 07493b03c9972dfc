/* SPDX-License-Identifier: BSD-3-Clause */
/* The catalog: what is installed is described rightly, and what lies, crashes or hangs while it is
 * read harms nobody and is named. Broken files are compiled here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tactus/pipeline.h>

#include "describe.h"

static char folder[] = "/tmp/tactus-test-catalog-XXXXXX";
static tactus_catalog *catalog;
static struct tactus_message message;

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL || tactus_catalog_new(&catalog, &message) != TACTUS_OK;
}

static int tear_down(void **state)
{
    (void)state;
    tactus_catalog_free(catalog);
    char command[256];
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static const struct tactus_plugin_info *find(enum tactus_plugin_kind kind, const char *uri)
{
    const struct tactus_plugin_info *info = NULL;
    tactus_status status = tactus_catalog_find(catalog, kind, uri, &info, &message);
    if (status != TACTUS_OK) {
        fail_msg("%s: %s", uri, message.text);
    }
    assert_non_null(info);
    assert_string_equal(info->uri, uri);
    return info;
}

static void expect_refusal(enum tactus_plugin_kind kind, const char *uri, tactus_status wanted,
                           const char *words)
{
    const struct tactus_plugin_info *info = NULL;
    message.text[0] = '\0';
    tactus_status status = tactus_catalog_find(catalog, kind, uri, &info, &message);
    if (status != wanted || strstr(message.text, words) == NULL) {
        fail_msg("%s: status %d, \"%s\" lacks \"%s\"", uri, status, message.text, words);
    }
    assert_null(info);
}

/* Compiles a shared object into the folder and gives its path. */
static const char *object_make(const char *name, const char *source)
{
    static char path[256];
    char code[256];
    char command[1024];
    const char *compiler = getenv("CC");
    (void)snprintf(path, sizeof path, "%s/%s.so", folder, name);
    (void)snprintf(code, sizeof code, "%s/%s.c", folder, name);
    FILE *file = fopen(code, "w");
    assert_non_null(file);
    assert_true(fputs(source, file) >= 0);
    assert_int_equal(fclose(file), 0);
    (void)snprintf(command, sizeof command, "%s -shared -fPIC -I%s/include -o %s %s",
                   compiler == NULL || compiler[0] == '\0' ? "cc" : compiler, TACTUS_SOURCE_DIR,
                   path, code);
    assert_int_equal(system(command), 0);
    return path;
}

static void test_built_in(void **state)
{
    (void)state;
    const struct tactus_plugin_info *gain = find(TACTUS_PLUGIN_NATIVE, "gain");
    const struct tactus_control_info *control = tactus_plugin_control(gain, "gain_db");
    assert_non_null(control);
    assert_ptr_equal(control, tactus_plugin_control(gain, "Gain (dB)"));
    assert_null(tactus_plugin_control(gain, "gain"));
    assert_true(control->minimum == -90.0F && control->maximum == 24.0F);
    assert_true(control->initial == 0.0F);
    assert_string_equal(gain->refusal, "");
    assert_int_equal(find(TACTUS_PLUGIN_NATIVE, "mix")->controls_count, 0);
    assert_ptr_equal(gain, find(TACTUS_PLUGIN_NATIVE, "gain"));
}

static void test_ladspa(void **state)
{
    (void)state;
    const struct tactus_plugin_info *info = find(TACTUS_PLUGIN_LADSPA, "sc4_1882.so:sc4");
    assert_int_equal(info->kind, TACTUS_PLUGIN_LADSPA);
    assert_string_equal(info->name, "SC4");
    assert_string_equal(info->refusal, "");
    assert_int_equal(info->inputs, 2);
    assert_int_equal(info->outputs, 2);
    assert_non_null(strstr(info->bundle, "/sc4_1882.so"));
    const struct tactus_control_info *control = tactus_plugin_control(info, "threshold_level_db");
    assert_non_null(control);
    assert_ptr_equal(control, tactus_plugin_control(info, "Threshold level (dB)"));
    assert_true(control->minimum == -30.0F && control->maximum == 0.0F);
    control = tactus_plugin_control(info, "gain_reduction_db");
    assert_non_null(control);
    assert_int_equal(control->flags & TACTUS_CONTROL_OUTPUT, TACTUS_CONTROL_OUTPUT);
    /* By its path the same. */
    char uri[600];
    (void)snprintf(uri, sizeof uri, "%s:sc4", info->bundle);
    assert_int_equal(find(TACTUS_PLUGIN_LADSPA, uri)->controls_count, info->controls_count);
}

/* The rules of ladspa.h for defaults, one by one, also those that follow the sample rate. */
static void test_ladspa_hints(void **state)
{
    (void)state;
    enum {
        BOUNDED = LADSPA_HINT_BOUNDED_BELOW | LADSPA_HINT_BOUNDED_ABOVE,
        LOG = BOUNDED | LADSPA_HINT_LOGARITHMIC,
        RATE = BOUNDED | LADSPA_HINT_SAMPLE_RATE,
    };
    static const struct {
        int hint;
        float lower, upper;
        float minimum, maximum, initial; /* at 48 kHz */
    } cases[] = {
        {BOUNDED | LADSPA_HINT_DEFAULT_MINIMUM, -3, 5, -3, 5, -3},
        {BOUNDED | LADSPA_HINT_DEFAULT_LOW, 0, 8, 0, 8, 2},
        {BOUNDED | LADSPA_HINT_DEFAULT_MIDDLE, 0, 8, 0, 8, 4},
        {BOUNDED | LADSPA_HINT_DEFAULT_HIGH, 0, 8, 0, 8, 6},
        {BOUNDED | LADSPA_HINT_DEFAULT_MAXIMUM, -3, 5, -3, 5, 5},
        {LOG | LADSPA_HINT_DEFAULT_LOW, 1, 10000, 1, 10000, 10},
        {LOG | LADSPA_HINT_DEFAULT_MIDDLE, 1, 10000, 1, 10000, 100},
        {LOG | LADSPA_HINT_DEFAULT_HIGH, 1, 10000, 1, 10000, 1000},
        {LOG | LADSPA_HINT_DEFAULT_MIDDLE, 0, 10, 0, 10, 5}, /* no logarithm of 0 */
        {BOUNDED | LADSPA_HINT_INTEGER | LADSPA_HINT_DEFAULT_LOW, 0, 9, 0, 9, 2},
        {RATE | LADSPA_HINT_DEFAULT_MIDDLE, 0, 0.5F, 0, 24000, 12000},
        {RATE | LADSPA_HINT_DEFAULT_440, 0, 0.5F, 0, 24000, 440},
        {RATE | LADSPA_HINT_LOGARITHMIC | LADSPA_HINT_DEFAULT_MIDDLE, 0.0001F, 0.01F, 4.8F, 480,
         48},
        {LADSPA_HINT_DEFAULT_100, 1, 2, -INFINITY, INFINITY, 100},
        {LADSPA_HINT_DEFAULT_1 | LADSPA_HINT_TOGGLED, 0, 0, 0, 1, 1},
        {LADSPA_HINT_DEFAULT_0, 0, 0, -INFINITY, INFINITY, 0},
        {BOUNDED, 2, 5, 2, 5, 2},
        {BOUNDED, -5, -2, -5, -2, -2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        LADSPA_PortDescriptor port = LADSPA_PORT_INPUT | LADSPA_PORT_CONTROL;
        LADSPA_PortRangeHint hint = {cases[i].hint, cases[i].lower, cases[i].upper};
        const char *name = "Some control";
        LADSPA_Descriptor descriptor = {
            .PortCount = 1, .PortDescriptors = &port, .PortNames = &name, .PortRangeHints = &hint};
        struct tactus_plugin_info info = {0};
        assert_true(describe_ladspa(&descriptor, &info));
        assert_string_not_equal(info.refusal, ""); /* it has no functions */
        /* Never called: they only have to be there. */
        descriptor.instantiate = (LADSPA_Handle(*)(const LADSPA_Descriptor *, unsigned long))abort;
        descriptor.connect_port = (void (*)(LADSPA_Handle, unsigned long, LADSPA_Data *))abort;
        descriptor.run = (void (*)(LADSPA_Handle, unsigned long))abort;
        descriptor.cleanup = (void (*)(LADSPA_Handle))abort;
        info = (struct tactus_plugin_info){0};
        assert_true(describe_ladspa(&descriptor, &info));
        assert_string_equal(info.refusal, "");
        assert_int_equal(info.controls_count, 1);
        float minimum = 0.0F;
        float maximum = 0.0F;
        float initial = 0.0F;
        tactus_control_range(&info.controls[0], 48000, &minimum, &maximum, &initial);
        assert_true(minimum == cases[i].minimum || fabsf(minimum - cases[i].minimum) < 1e-3F);
        assert_true(maximum == cases[i].maximum || fabsf(maximum - cases[i].maximum) < 1e-3F);
        if (fabsf(initial - cases[i].initial) > fabsf(cases[i].initial) * 1e-5F) {
            fail_msg("case %zu: %g instead of %g", i, (double)initial, (double)cases[i].initial);
        }
        free(info.controls);
    }
}

static void test_symbols(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *symbol;
    } cases[] = {
        {"Threshold level (dB)", "threshold_level_db"},
        {"Ratio (1:n)", "ratio_1_n"},
        {"Gain", "gain"},
        {"gain ", "gain_2"},
        {"GAIN", "gain_3"},
        {"(%)", "control"},
        {"--", "control_2"},
        {"\xc3\xa4 x", "x"},
        {"A name that is much, much longer than what a symbol can hold in its bytes",
         "a_name_that_is_much_much_longer_than_what_a_symbol_can"},
    };
    enum { COUNT = sizeof cases / sizeof cases[0] };
    struct tactus_control_info controls[COUNT];
    memset(controls, 0, sizeof controls);
    struct tactus_plugin_info info = {.controls_count = COUNT, .controls = controls};
    for (size_t i = 0; i < COUNT; i++) {
        describe_text(controls[i].name, sizeof controls[i].name, cases[i].name);
    }
    describe_symbols(&info);
    for (size_t i = 0; i < COUNT; i++) {
        assert_string_equal(controls[i].symbol, cases[i].symbol);
    }
}

static void test_lv2(void **state)
{
    (void)state;
    const struct tactus_plugin_info *info =
        find(TACTUS_PLUGIN_LV2, "http://drobilla.net/plugins/mda/Delay");
    assert_int_equal(info->inputs, 2);
    assert_int_equal(info->outputs, 2);
    assert_string_equal(info->refusal, "");
    assert_non_null(strstr(info->bundle, "mda.lv2"));
    const struct tactus_control_info *control = tactus_plugin_control(info, "l_delay");
    assert_non_null(control);
    assert_true(control->minimum < control->maximum);
    assert_true(control->initial >= control->minimum && control->initial <= control->maximum);
}

static void test_not_found(void **state)
{
    (void)state;
    expect_refusal(TACTUS_PLUGIN_LV2, "http://drobilla.net/plugins/mda/Deley", TACTUS_E_NOT_FOUND,
                   "http://drobilla.net/plugins/mda/Delay");
    expect_refusal(TACTUS_PLUGIN_LV2, "not a uri", TACTUS_E_NOT_FOUND, "installed");
    expect_refusal(TACTUS_PLUGIN_LADSPA, "amp_1182.so:amp", TACTUS_E_NOT_FOUND, "amp_1181.so");
    expect_refusal(TACTUS_PLUGIN_LADSPA, "amp_1181.so:amq", TACTUS_E_NOT_FOUND, "amp_1181.so:amp");
    expect_refusal(TACTUS_PLUGIN_LADSPA, "/no/where.so:x", TACTUS_E_NOT_FOUND, "no file");
    expect_refusal(TACTUS_PLUGIN_LADSPA, "amp_1181.so", TACTUS_E_INVALID, "file.so:label");
    expect_refusal(TACTUS_PLUGIN_LADSPA, "amp_1181.so:", TACTUS_E_INVALID, "file.so:label");
    expect_refusal(TACTUS_PLUGIN_NATIVE, "/no/module.so", TACTUS_E_NOT_FOUND, "No such file");
    expect_refusal(TACTUS_PLUGIN_NATIVE, "/etc/passwd", TACTUS_E_INVALID, "/etc/passwd");
    expect_refusal(TACTUS_PLUGIN_NATIVE, "/tmp", TACTUS_E_INVALID, "/tmp");
    expect_refusal(TACTUS_PLUGIN_NATIVE, "", TACTUS_E_INVALID, "name");
    char longer[2000];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    expect_refusal(TACTUS_PLUGIN_LV2, longer, TACTUS_E_INVALID, "too long");
}

static void test_native_object(void **state)
{
    (void)state;
    const char *path = object_make(
        "fine",
        "#include <stdio.h>\n#include <tactus/module.h>\n"
        "static const struct tactus_module_parameter p[] = {{\"depth\", 0, 2, 1}};\n"
        "static void *new(uint32_t r, uint32_t b, const float *v)\n"
        "{ (void)r; (void)b; (void)v; return (void *)p; }\n"
        "static void process(void *i, const float *const *in, float *const *out,\n"
        "                    uint32_t n) { (void)i; (void)in; (void)out; (void)n; }\n"
        "static void end(void *i) { (void)i; }\n"
        "static const struct tactus_module m = {TACTUS_MODULE_ABI, \"Fine\\n\", 1, 2, 1, p,\n"
        "    new, process, end};\n"
        "const struct tactus_module *tactus_module(void);\n"
        "const struct tactus_module *tactus_module(void) { puts(\"noise\"); return &m; }\n");
    const struct tactus_plugin_info *info = find(TACTUS_PLUGIN_NATIVE, path);
    assert_string_equal(info->name, "Fine?");
    assert_string_equal(info->refusal, "");
    assert_int_equal(info->inputs, 1);
    assert_int_equal(info->outputs, 2);
    assert_int_equal(info->controls_count, 1);
    assert_string_equal(info->controls[0].symbol, "depth");
    assert_string_equal(info->bundle, path);
}

/* Whatever a file does while it is read, the catalog goes on and says which file it was. */
static void test_hostile_objects(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *source;
        tactus_status wanted;
        const char *words;
    } cases[] = {
        {"crash", "__attribute__((constructor)) static void f(void) { *(volatile int *)0 = 1; }",
         TACTUS_E_DIED, "crashed while it was being read (signal 11"},
        {"abort",
         "#include <stdlib.h>\nconst void *tactus_module(void);\n"
         "const void *tactus_module(void) { abort(); }",
         TACTUS_E_DIED, "signal 6"},
        {"quit",
         "#include <stdlib.h>\n__attribute__((constructor)) static void f(void) { exit(0); }",
         TACTUS_E_INVALID, "no sense"},
        {"hang",
         "__attribute__((constructor)) static void f(void) { for (volatile int i = 0;;) { i = i; } "
         "}",
         TACTUS_E_TIMED_OUT, "within 5 s"},
        {"forked", /* what it leaves behind ends with it, and holds nobody up */
         "#include <unistd.h>\n__attribute__((constructor)) static void f(void)\n"
         "{ if (fork() == 0) { for (;;) pause(); } _exit(3); }",
         TACTUS_E_DIED, "exit code 3"},
        {"nothing", "int nothing;", TACTUS_E_INVALID, "tactus_module"},
        {"null", "const void *tactus_module(void);\nconst void *tactus_module(void) { return 0; }",
         TACTUS_E_INVALID, "tactus_module"},
        {"unresolved", "int missing(void);\nint f(void);\nint f(void) { return missing(); }",
         TACTUS_E_INVALID, "missing"},
        {"forger",
         "#include <string.h>\n#include <unistd.h>\n"
         "__attribute__((constructor)) static void f(void)\n"
         "{ static char junk[100000]; memset(junk, 0x41, sizeof junk);\n"
         "  if (write(3, junk, sizeof junk) < 0) {} _exit(0); }",
         TACTUS_E_INVALID, "no sense"},
        {"forger2", /* a right head, and then nothing that is right */
         "#include <stdint.h>\n#include <string.h>\n#include <unistd.h>\n"
         "__attribute__((constructor)) static void f(void)\n"
         "{ static struct { uint32_t w[4]; char t[512]; char junk[100000]; } r =\n"
         "  {{0x62637470u, 1, 2, 0}, {0}, {0}}; memset(r.junk, 0x41, sizeof r.junk);\n"
         "  if (write(3, &r, sizeof r) < 0) {} _exit(0); }",
         TACTUS_E_INVALID, "no sense"},
        {"flood",
         "#include <unistd.h>\n__attribute__((constructor)) static void f(void)\n"
         "{ static char junk[65536]; while (write(3, junk, sizeof junk) > 0) {} }",
         TACTUS_E_INVALID, "more of itself"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *path = object_make(cases[i].name, cases[i].source);
        expect_refusal(TACTUS_PLUGIN_NATIVE, path, cases[i].wanted, cases[i].words);
        if (strstr(message.text, path) == NULL) {
            fail_msg("\"%s\" does not name %s", message.text, path);
        }
    }
}

static void test_helper_missing(void **state)
{
    (void)state;
    const char *before = getenv("TACTUS_LIBEXEC");
    char *kept = before == NULL ? NULL : strdup(before);
    char path[512];
    assert_int_equal(setenv("TACTUS_LIBEXEC", folder, 1), 0);
    assert_int_equal(tactus_helper_path("tactus-probe", path, sizeof path, &message),
                     TACTUS_E_NOT_FOUND);
    assert_non_null(strstr(message.text, folder));
    if (kept == NULL) {
        (void)unsetenv("TACTUS_LIBEXEC");
    } else {
        (void)setenv("TACTUS_LIBEXEC", kept, 1);
    }
    assert_int_equal(tactus_helper_path("tactus-probe", path, sizeof path, &message), TACTUS_OK);
    assert_int_equal(tactus_helper_path("tactus-probe", path, 4, &message), TACTUS_E_NOT_FOUND);
    free(kept);
}

struct seen {
    char last_uri[512];
    uint32_t count;
    uint32_t refused;
};

static int visit(void *context, const struct tactus_plugin_info *info)
{
    struct seen *seen = context;
    assert_true(strcmp(seen->last_uri, info->uri) <= 0);
    (void)snprintf(seen->last_uri, sizeof seen->last_uri, "%s", info->uri);
    seen->count++;
    seen->refused += info->refusal[0] != '\0';
    assert_true(info->inputs <= 64 && info->outputs <= 64);
    for (uint32_t i = 0; i < info->controls_count; i++) {
        const struct tactus_control_info *control = &info->controls[i];
        assert_ptr_equal(tactus_plugin_control(info, control->symbol), control);
        assert_false(isnan(control->minimum) || isnan(control->maximum));
        assert_true(isfinite(control->initial) || (control->flags & TACTUS_CONTROL_OUTPUT) != 0);
    }
    return 0;
}

static int visit_one(void *context, const struct tactus_plugin_info *info)
{
    (void)info;
    (*(uint32_t *)context)++;
    return 1;
}

static void test_visit(void **state)
{
    (void)state;
    static const uint32_t least[] = {40, 150, 2}; /* mda-lv2; swh-plugins and cmt; built in */
    for (enum tactus_plugin_kind kind = TACTUS_PLUGIN_LV2; kind <= TACTUS_PLUGIN_NATIVE; kind++) {
        struct seen seen = {{0}, 0, 0};
        assert_int_equal(tactus_catalog_visit(catalog, kind, visit, &seen, &message), TACTUS_OK);
        print_message("kind %d: %u plugins, %u of them refused\n", kind, seen.count, seen.refused);
        assert_true(seen.count >= least[kind]);
        uint32_t count = 0;
        assert_int_equal(tactus_catalog_visit(catalog, kind, visit_one, &count, &message),
                         TACTUS_OK);
        assert_int_equal(count, 1);
    }
}

/* A folder with a broken file in it lists the others all the same. */
static void test_visit_with_broken_file(void **state)
{
    (void)state;
    char saved[1024] = "";
    if (getenv("LADSPA_PATH") != NULL) {
        (void)snprintf(saved, sizeof saved, "%s", getenv("LADSPA_PATH"));
    }
    (void)object_make("broken",
                      "__attribute__((constructor)) static void f(void) { __builtin_trap(); }");
    char command[1024];
    (void)snprintf(command, sizeof command, "mkdir %s/l && mv %s/broken.so %s/l && cp %s %s/l",
                   folder, folder, folder, find(TACTUS_PLUGIN_LADSPA, "amp_1181.so:amp")->bundle,
                   folder);
    assert_int_equal(system(command), 0);
    (void)snprintf(command, sizeof command, "%s/l:/nowhere", folder);
    assert_int_equal(setenv("LADSPA_PATH", command, 1), 0);
    tactus_catalog *other = NULL;
    struct seen seen = {{0}, 0, 0};
    assert_int_equal(tactus_catalog_new(&other, &message), TACTUS_OK);
    assert_int_equal(tactus_catalog_visit(other, TACTUS_PLUGIN_LADSPA, visit, &seen, &message),
                     TACTUS_OK);
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.refused, 1);
    assert_string_equal(seen.last_uri, "broken.so");
    tactus_catalog_free(other);
    assert_int_equal(saved[0] == '\0' ? unsetenv("LADSPA_PATH") : setenv("LADSPA_PATH", saved, 1),
                     0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_built_in),
        cmocka_unit_test(test_ladspa),
        cmocka_unit_test(test_ladspa_hints),
        cmocka_unit_test(test_symbols),
        cmocka_unit_test(test_lv2),
        cmocka_unit_test(test_not_found),
        cmocka_unit_test(test_native_object),
        cmocka_unit_test(test_hostile_objects),
        cmocka_unit_test(test_helper_missing),
        cmocka_unit_test(test_visit),
        cmocka_unit_test(test_visit_with_broken_file),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
