# ff_library, ff_program and ff_test: a target a room, named by its folder
# (server/scaling -> ff_server_scaling). DEPS is the architecture: tests/rooms compares
# the includes of each file with it, so an include across rooms needs a DEPS entry.

# What designated initializers leave out has its default: that is what they are for.
set(FF_WARNINGS -Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers)

function(_ff_common target)
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/gen)
  target_compile_options(${target} PRIVATE ${FF_WARNINGS})
  if(FF_SANITIZE)
    string(REPLACE ";" "," flags "${FF_SANITIZE}")
    target_compile_options(${target} PUBLIC -fsanitize=${flags} -fno-omit-frame-pointer -g)
    target_link_options(${target} PUBLIC -fsanitize=${flags})
    get_target_property(type ${target} TYPE)
    foreach(object ff_absl_for_tsan ff_ubsan_to_file)
      if(TARGET ${object} AND type STREQUAL "EXECUTABLE")
        target_sources(${target} PRIVATE $<TARGET_OBJECTS:${object}>)
      endif()
    endforeach()
  endif()
endfunction()

# ff_add_test(name TIMEOUT s LABELS l COMMAND ...): a ctest entry. In a build with sanitizers it
# takes FF_TEST_TIMEOUT_FACTOR as long and fails on any report of any process it starts.
function(ff_add_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "LABELS;COMMAND" ${ARGN})
  set(launcher "")
  if(FF_SANITIZE)
    set(launcher ${CMAKE_SOURCE_DIR}/tests/sanitize/no_reports.sh ${CMAKE_BINARY_DIR}/reports/${name}
      ${FF_TEST_TIMEOUT_FACTOR})
  endif()
  list(POP_FRONT ARG_COMMAND program)
  if(TARGET ${program})
    set(program $<TARGET_FILE:${program}>)
  endif()
  add_test(NAME ${name} COMMAND ${launcher} ${program} ${ARG_COMMAND})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  math(EXPR timeout "${ARG_TIMEOUT} * ${FF_TEST_TIMEOUT_FACTOR}")
  set_tests_properties(${name} PROPERTIES TIMEOUT ${timeout} LABELS "${ARG_LABELS}")
endfunction()

# ff_library(name SRCS a.cc ... DEPS ff_other absl::status ...)
function(ff_library name)
  cmake_parse_arguments(ARG "" "" "SRCS;DEPS" ${ARGN})
  if(ARG_SRCS)
    add_library(${name} STATIC ${ARG_SRCS})
    target_link_libraries(${name} PUBLIC ${ARG_DEPS})
    _ff_common(${name})
  else()
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${CMAKE_SOURCE_DIR})
    target_link_libraries(${name} INTERFACE ${ARG_DEPS})
  endif()
endfunction()

# ff_program(ff-worker SRCS main.cc COMPONENT worker DEPS ...). COMPONENT: the package it goes into
# (deploy/CMakeLists.txt).
function(ff_program name)
  cmake_parse_arguments(ARG "" "COMPONENT" "SRCS;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SRCS})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS})
  _ff_common(${name})
  install(TARGETS ${name} RUNTIME DESTINATION bin COMPONENT ${ARG_COMPONENT})
endfunction()

# ff_bench(scaling_bench SRCS x.cc DEPS ...): a program that measures; built where asked for.
function(ff_bench name)
  cmake_parse_arguments(ARG "" "" "SRCS;DEPS" ${ARGN})
  add_executable(${name} EXCLUDE_FROM_ALL ${ARG_SRCS})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS})
  _ff_common(${name})
  target_compile_definitions(${name} PRIVATE FF_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
endfunction()

# ff_cuda_library(name SRCS a.cu ...): CUDA C++ without LibTorch, for FF_CUDA_ARCHITECTURES.
function(ff_cuda_library name)
  cmake_parse_arguments(ARG "" "" "SRCS" ${ARGN})
  add_library(${name} STATIC ${ARG_SRCS})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  set_target_properties(${name} PROPERTIES CUDA_ARCHITECTURES "${FF_CUDA_ARCHITECTURES}"
    CUDA_STANDARD 17 CUDA_STANDARD_REQUIRED ON POSITION_INDEPENDENT_CODE ON)
  target_compile_options(${name} PRIVATE -lineinfo)
endfunction()

# GoogleTest and what nearly every test includes, precompiled once for all tests in Release (the
# other build types compile every file as it stands, so a missing include shows there).
function(_ff_precompile_test name)
  if(NOT CMAKE_BUILD_TYPE STREQUAL "Release" OR FF_SANITIZE)
    return()
  endif()
  if(NOT TARGET ff_test_headers)
    file(WRITE ${CMAKE_BINARY_DIR}/ff_test_headers.cc "")
    add_library(ff_test_headers OBJECT ${CMAKE_BINARY_DIR}/ff_test_headers.cc)
    target_link_libraries(ff_test_headers PRIVATE GTest::gmock absl::statusor absl::strings absl::time)
    target_compile_options(ff_test_headers PRIVATE ${FF_WARNINGS} -O1 -pthread)
    target_precompile_headers(ff_test_headers PRIVATE <gmock/gmock.h> <gtest/gtest.h>
      <absl/status/statusor.h> <absl/strings/str_cat.h> <absl/time/time.h>)
  endif()
  target_compile_options(${name} PRIVATE -pthread)  # as some libraries ask for: it must be all
  target_precompile_headers(${name} REUSE_FROM ff_test_headers)
endfunction()

# ff_test(scaling_isoflop_plan_test SRCS x_test.cc DEPS ...): a GoogleTest program, one
# ctest entry; FF_REFERENCE_DIR is handed on where the folder exists.
function(ff_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SRCS;DEPS;LABELS" ${ARGN})
  if(NOT FF_BUILD_TESTS)
    return()
  endif()
  add_executable(${name} ${ARG_SRCS})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  _ff_common(${name})
  # Of a test's own code only: compiling it with -O3 took a third longer and made no test quicker.
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  if(NOT FF_TRAINER_ONLY AND NOT "ff_worker_trainer" IN_LIST ARG_DEPS)
    _ff_precompile_test(${name})
  endif()
  target_compile_definitions(${name} PRIVATE FF_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                             FF_BINARY_DIR="${CMAKE_BINARY_DIR}")
  ff_add_test(${name} TIMEOUT ${ARG_TIMEOUT} LABELS ${ARG_LABELS} COMMAND ${name})
endfunction()
