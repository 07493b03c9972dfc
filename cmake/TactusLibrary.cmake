# SPDX-License-Identifier: BSD-3-Clause
# One folder of src/ is one room: an object library, so that every room is compiled with the include
# paths that it may use and no others. All rooms together are the one library that is installed.

# tactus_room(NAME FOLDER...): tactus_NAME from the *.c of the folders; no target where there are none.
function(tactus_room name)
    list(TRANSFORM ARGN APPEND "/*.c" OUTPUT_VARIABLE patterns)
    file(GLOB sources CONFIGURE_DEPENDS ${patterns})
    if(NOT sources)
        message(STATUS "No sources in ${ARGN} yet")
        return()
    endif()
    add_library(tactus_${name} OBJECT ${sources})
    target_include_directories(tactus_${name} PRIVATE ${PROJECT_SOURCE_DIR}/include)
endfunction()

# tactus_bundle(NAME ROOM...): the static library libNAME.a. Sets TACTUS_BUNDLE_SCOPE for further
# target_link_libraries calls: without any source the library is only its headers.
function(tactus_bundle name)
    set(objects)
    foreach(room IN LISTS ARGN)
        if(TARGET tactus_${room})
            list(APPEND objects $<TARGET_OBJECTS:tactus_${room}>)
        endif()
    endforeach()
    if(objects)
        add_library(${name} STATIC ${objects})
        set_target_properties(${name} PROPERTIES LINKER_LANGUAGE C)
        if(NOT TACTUS_FREESTANDING)
            install(TARGETS ${name} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
        endif()
        set(scope PUBLIC)
    else()
        add_library(${name} INTERFACE)
        set(scope INTERFACE)
    endif()
    target_include_directories(${name} ${scope} ${PROJECT_SOURCE_DIR}/include)
    set(TACTUS_BUNDLE_SCOPE ${scope} PARENT_SCOPE)
endfunction()

# tactus_program(NAME SOURCE...): the program NAME, as target tactus_program_NAME.
function(tactus_program name)
    set(target tactus_program_${name})
    add_executable(${target} ${ARGN})
    set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name})
    target_compile_definitions(${target} PRIVATE _GNU_SOURCE)
    target_include_directories(${target} PRIVATE ${CMAKE_BINARY_DIR}/generated)
    target_link_libraries(${target} PRIVATE tactus)
endfunction()
