# Compiler flags shared by every target: warnings are errors, release builds
# are hardened, and one option switches sanitizers on.
set(GRUMBLE_SANITIZE "" CACHE STRING "value for -fsanitize=, or empty")

add_library(grumble_options INTERFACE)
target_include_directories(grumble_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(grumble_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  -Werror -fstack-protector-strong)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # gcc 12 reports dangling and uninitialised storage inside inlined
  # std::variant, std::optional and coroutine frames that are neither.
  target_compile_options(grumble_options INTERFACE
    -Wno-maybe-uninitialized -Wno-restrict)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # clang 14 with libstdc++ 12: -Wpedantic objects to its own headers' uses.
  target_compile_options(grumble_options INTERFACE
    -Wno-gnu-zero-variadic-macro-arguments)
endif()
if(GRUMBLE_SANITIZE)
  target_compile_options(grumble_options INTERFACE
    -fsanitize=${GRUMBLE_SANITIZE} -fno-omit-frame-pointer -O1)
  target_link_options(grumble_options INTERFACE
    -fsanitize=${GRUMBLE_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # gcc 12 takes Asio's coroutine frames for mismatched.
    target_compile_options(grumble_options INTERFACE
      -Wno-mismatched-new-delete)
  endif()
elseif(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_options(grumble_options INTERFACE
    -D_FORTIFY_SOURCE=3 -D_GLIBCXX_ASSERTIONS -fcf-protection)
  target_link_options(grumble_options INTERFACE -Wl,-z,relro,-z,now)
endif()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# grumble_library(<layer> SOURCES ... [LINK ...] [PRIVATE_LINK ...])
function(grumble_library layer)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  add_library(grumble_${layer} STATIC ${ARG_SOURCES})
  target_link_libraries(grumble_${layer}
    PUBLIC grumble_options ${ARG_LINK}
    PRIVATE ${ARG_PRIVATE_LINK})
endfunction()

# grumble_test(<name> SOURCES ... LINK ...): one GoogleTest program, one ctest
# entry, run from the source tree so that rules/, schema/ and tests/ are there.
function(grumble_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE
    grumble_options ${ARG_LINK} GTest::gmock GTest::gtest_main)
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND ${name}
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  # What may take long begins first, so that no processor waits at the end.
  set_tests_properties(${name} PROPERTIES
    TIMEOUT ${ARG_TIMEOUT} COST ${ARG_TIMEOUT}
    SKIP_REGULAR_EXPRESSION "\\[  SKIPPED \\] [1-9][0-9]* tests?, listed below:.*ALL SKIPPED"
    ENVIRONMENT "GRUMBLE_BIN=${CMAKE_BINARY_DIR}/bin")
endfunction()
