# SPDX-License-Identifier: BSD-3-Clause
# The language, the warnings and the hardening of everything that is built here.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug, Release or RelWithDebInfo" FORCE)
endif()
# -Og rather than -O0: the fortified C library functions and the flow warnings need optimisation.
set(CMAKE_C_FLAGS_DEBUG "-Og -g")
set(CMAKE_C_FLAGS_RELEASE "-O2 -g")
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g")

add_compile_options(-Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes
                    -Wmissing-prototypes -Wvla)
if(TACTUS_WERROR)
    add_compile_options(-Werror)
endif()

# The same bits from every compiler and machine: no fused multiply-add unless the source says so.
add_compile_options(-ffp-contract=off)

if(TACTUS_FREESTANDING)
    add_compile_options(-ffreestanding -ffunction-sections -fdata-sections)
    return()
endif()

add_compile_options(-fstack-protector-strong)
add_link_options(-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
include(CheckPIESupported)
check_pie_supported(LANGUAGES C)

if(TACTUS_FUZZ)
    if(NOT CMAKE_C_COMPILER_ID MATCHES Clang)
        message(FATAL_ERROR "TACTUS_FUZZ needs clang (libFuzzer): cmake --preset fuzz")
    endif()
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()

if(TACTUS_SANITIZE)
    string(REPLACE ";" "," sanitizers "${TACTUS_SANITIZE}")
    add_compile_options(-fsanitize=${sanitizers} -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${sanitizers})
    if(sanitizers MATCHES undefined)
        add_compile_options(-fno-sanitize-recover=undefined)
    endif()
else()
    # The sanitizers bring their own versions of what this replaces.
    add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
endif()
