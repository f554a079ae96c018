# A room is one folder, one static library minben_<room>, one namespace, and its faces.
#
#   minben_room(<room> USES <room>... [FACES <header>...] [LINK <library>...])
#
# Sources are all *.cpp of the folder. Other rooms see only the faces (default: <room>.hpp), as
# "<room>/<header>". They are links in an own include directory, so a private header of another
# room, or a room that is not reachable through USES, is simply not found. tests/tidy also checks
# that each direct include is declared here.
set(MINBEN_FACES_DIR ${CMAKE_BINARY_DIR}/faces)
set_property(GLOBAL PROPERTY MINBEN_ROOMS "")

function(minben_room room)
  cmake_parse_arguments(ARG "" "" "USES;FACES;LINK" ${ARGN})
  if(NOT ARG_FACES)
    set(ARG_FACES ${room}.hpp)
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  file(GLOB migrations CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/migrations/*.sql)
  if(migrations)
    minben_embed_migrations(${room} "${migrations}" migrations_source)
    list(APPEND sources ${migrations_source})
  endif()

  if(NOT sources)  # a room whose face came first
    set(empty ${CMAKE_BINARY_DIR}/generated/${room}_empty.cpp)
    file(CONFIGURE OUTPUT ${empty} CONTENT "")
    set(sources ${empty})
  endif()

  set(faces ${MINBEN_FACES_DIR}/${room})
  file(MAKE_DIRECTORY ${faces}/${room})
  foreach(header IN LISTS ARG_FACES)
    file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR}/${header} ${faces}/${room}/${header} SYMBOLIC)
  endforeach()

  set(target minben_${room})
  add_library(${target} STATIC ${sources})
  target_include_directories(${target} PUBLIC ${faces})
  list(TRANSFORM ARG_USES PREPEND minben_ OUTPUT_VARIABLE used)
  target_link_libraries(${target} PUBLIC ${used} PRIVATE ${ARG_LINK})
  if(NOT room STREQUAL "core")
    target_precompile_headers(${target} REUSE_FROM minben_core)
  endif()
  set_property(GLOBAL APPEND PROPERTY MINBEN_ROOMS ${room})
endfunction()

# Migrations travel inside the binary: <room>::migrations() lists them in order of their numbers.
function(minben_embed_migrations room files out)
  set(generated ${CMAKE_BINARY_DIR}/generated/${room}_migrations.cpp)
  set(text "#include \"${room}/${room}.hpp\"\n\n#include \"store/store.hpp\"\n\n#include <array>\n\n")
  string(APPEND text "namespace minben::${room} {\n\nnamespace {\n")
  list(LENGTH files count)
  list(SORT files COMPARE NATURAL)
  string(APPEND text "constexpr std::array<store::Migration, ${count}> all{{\n")
  foreach(file IN LISTS files)
    get_filename_component(name ${file} NAME_WE)
    string(REGEX MATCH "^[0-9]+" number ${name})
    math(EXPR number "${number}")
    file(READ ${file} sql)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    string(APPEND text "    {\"${room}\", ${number}, \"${name}\", R\"__sql__(${sql})__sql__\"},\n")
  endforeach()
  string(APPEND text "}};\n}  // namespace\n\n")
  string(APPEND text "std::span<const store::Migration> migrations() { return all; }\n\n}  // namespace minben::${room}\n")
  file(CONFIGURE OUTPUT ${generated} CONTENT "${text}" @ONLY)
  set(${out} ${generated} PARENT_SCOPE)
endfunction()

# The tests themselves are compiled for speed of compiling, with a header of their own that has
# GoogleTest in it: twice as fast. What they test is optimised as ever.
function(minben_compile_as_test target)
  if(CMAKE_BUILD_TYPE STREQUAL "Release")
    target_compile_options(${target} PRIVATE -O0 -U_FORTIFY_SOURCE)
  endif()
  if(NOT target STREQUAL "minben_test_support")
    target_precompile_headers(${target} REUSE_FROM minben_test_support)
  endif()
endfunction()

# Tests of a room: tests/<wing>/<room>/*.cpp become one program test_<name>, one ctest entry.
#   minben_test(<name> DIR <dir> USES <room>... [LINK <library>...])
function(minben_test name)
  cmake_parse_arguments(ARG "" "DIR" "USES;LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${ARG_DIR}/*.cpp)
  if(NOT sources)
    return()
  endif()
  set(target test_${name})
  add_executable(${target} ${sources})
  list(TRANSFORM ARG_USES PREPEND minben_ OUTPUT_VARIABLE used)
  target_link_libraries(${target} PRIVATE ${used} ${ARG_LINK} minben_test_support GTest::gmock GTest::gtest_main)
  minben_compile_as_test(${target})
  target_compile_definitions(${target} PRIVATE
    MINBEN_SOURCE_DIR="${CMAKE_SOURCE_DIR}" MINBEN_BINARY_DIR="${CMAKE_BINARY_DIR}")
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND ${target})
  set_tests_properties(${name} PROPERTIES TIMEOUT 600 WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
endfunction()

# Descriptions of a room's machine addresses (operations/*.json; src/portal/openapi/openapi.hpp says what is in them) travel
# inside the binary: <room>::operations() is the list of their texts, declared in the room's face.
function(minben_operations room)
  file(GLOB files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/operations/*.json)
  list(SORT files COMPARE NATURAL)
  list(LENGTH files count)
  set(generated ${CMAKE_BINARY_DIR}/generated/${room}_operations.cpp)
  set(text "#include \"${room}/${room}.hpp\"\n\n#include <array>\n\nnamespace minben::${room} {\n\nnamespace {\n")
  string(APPEND text "constexpr std::array<std::string_view, ${count}> all{\n")
  foreach(file IN LISTS files)
    file(READ ${file} json)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    string(APPEND text "    R\"__json__(${json})__json__\",\n")
  endforeach()
  string(APPEND text "};\n}  // namespace\n\n")
  string(APPEND text "std::span<const std::string_view> operations() { return all; }\n\n}  // namespace minben::${room}\n")
  file(CONFIGURE OUTPUT ${generated} CONTENT "${text}" @ONLY)
  target_sources(minben_${room} PRIVATE ${generated})
endfunction()
