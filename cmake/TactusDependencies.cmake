# SPDX-License-Identifier: BSD-3-Clause
# The libraries that others keep well, found by pkg-config.
find_program(TACTUS_PKG_CONFIG pkg-config)
if(NOT TACTUS_PKG_CONFIG)
    message(FATAL_ERROR "pkg-config is missing. scripts/install-deps.sh installs all that is needed.")
endif()
find_package(PkgConfig REQUIRED)
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

add_library(tactus_audio_dependencies INTERFACE)

# tactus_need(MODULE VERSION PACKAGE PURPOSE)
function(tactus_need module version package purpose)
    string(MAKE_C_IDENTIFIER "TACTUS_PC_${module}" prefix)
    pkg_check_modules(${prefix} QUIET IMPORTED_TARGET GLOBAL "${module}>=${version}")
    if(NOT ${prefix}_FOUND)
        message(FATAL_ERROR "${module} ${version} or newer is missing (${purpose}). Debian has it in "
                            "${package}; scripts/install-deps.sh installs all that is needed.")
    endif()
    target_link_libraries(tactus_audio_dependencies INTERFACE PkgConfig::${prefix})
endfunction()

tactus_need(sndfile 1.1.0 libsndfile1-dev "reads and writes sound files")
tactus_need(lilv-0 0.24.0 liblilv-dev "hosts LV2 plugins")
tactus_need(lv2 1.18.0 lv2-dev "the LV2 headers")
tactus_need(soxr 0.1.3 libsoxr-dev "resamples sound files")
tactus_need(libcyaml 1.3.0 libcyaml-dev "reads graph files against a schema")
tactus_need(yaml-0.1 0.2.5 libyaml-dev "finds the lines of what graph files say")
tactus_need(libseccomp 2.5.0 libseccomp-dev "narrows what domains may ask the system for")
target_link_libraries(tactus_audio_dependencies INTERFACE ${CMAKE_DL_LIBS} m)

include(CheckIncludeFile)
check_include_file(ladspa.h TACTUS_HAVE_LADSPA_HEADER)
if(NOT TACTUS_HAVE_LADSPA_HEADER)
    message(FATAL_ERROR "ladspa.h is missing (hosts LADSPA plugins). Debian has it in ladspa-sdk; "
                        "scripts/install-deps.sh installs all that is needed.")
endif()
