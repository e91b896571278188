# Every outside package, once. What each is for stands in ARCHITECTURE.md.
find_package(Threads REQUIRED)
find_package(absl CONFIG REQUIRED)
find_package(nlohmann_json CONFIG REQUIRED)
find_package(OpenSSL REQUIRED)
if(FF_BUILD_TESTS)
  find_package(GTest CONFIG REQUIRED)
endif()
if(NOT FF_TRAINER_ONLY)
  find_package(Protobuf REQUIRED)
  find_package(gRPC CONFIG REQUIRED)
  find_package(SQLite3 REQUIRED)
  find_package(spdlog CONFIG REQUIRED)
  find_package(yaml-cpp CONFIG REQUIRED)
  find_package(CLI11 CONFIG REQUIRED)
  find_package(Ceres CONFIG REQUIRED)
  # Without it there is no ff-tokenizer, and everything else all the same.
  find_path(SENTENCEPIECE_INCLUDE_DIR sentencepiece_processor.h)
  find_library(SENTENCEPIECE_LIBRARY sentencepiece)
  find_library(SENTENCEPIECE_TRAIN_LIBRARY sentencepiece_train)
  if(SENTENCEPIECE_INCLUDE_DIR AND SENTENCEPIECE_LIBRARY AND SENTENCEPIECE_TRAIN_LIBRARY)
    add_library(ff_sentencepiece INTERFACE)
    target_include_directories(ff_sentencepiece INTERFACE ${SENTENCEPIECE_INCLUDE_DIR})
    target_link_libraries(ff_sentencepiece INTERFACE ${SENTENCEPIECE_TRAIN_LIBRARY}
      ${SENTENCEPIECE_LIBRARY})
  endif()
  if(NOT TARGET yaml-cpp::yaml-cpp)
    add_library(yaml-cpp::yaml-cpp ALIAS yaml-cpp)
  endif()

# RE2 comes with gRPC; Debian's package has no CMake config.
find_path(RE2_INCLUDE_DIR re2/re2.h REQUIRED)
find_library(RE2_LIBRARY re2 REQUIRED)
if(NOT TARGET re2::re2)
  add_library(re2::re2 INTERFACE IMPORTED)
  set_target_properties(re2::re2 PROPERTIES INTERFACE_LINK_LIBRARIES ${RE2_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${RE2_INCLUDE_DIR})
endif()

# cpp-httplib is a header (Debian's package also has a library and no CMake config).
find_path(HTTPLIB_INCLUDE_DIR httplib.h REQUIRED)
find_library(HTTPLIB_LIBRARY cpp-httplib)
add_library(ff_httplib INTERFACE)
target_include_directories(ff_httplib INTERFACE ${HTTPLIB_INCLUDE_DIR})
target_link_libraries(ff_httplib INTERFACE Threads::Threads OpenSSL::SSL)
if(HTTPLIB_LIBRARY)
  target_link_libraries(ff_httplib INTERFACE ${HTTPLIB_LIBRARY})
  # The library was compiled with OpenSSL, and that changes the layout of its classes; of
  # what cpp-httplib.pc defines, only this does.
  target_compile_definitions(ff_httplib INTERFACE CPPHTTPLIB_OPENSSL_SUPPORT)
endif()

endif()

if(FF_BUILD_TRAINER)
  # A user's Torch_DIR or CMAKE_PREFIX_PATH wins; else the project's own wheel.
  file(GLOB _ff_wheel ${CMAKE_SOURCE_DIR}/.deps/torch-venv/lib/python3*/site-packages/torch/share/cmake/Torch)
  find_package(Torch QUIET)
  if(NOT Torch_FOUND AND _ff_wheel)
    set(Torch_DIR ${_ff_wheel} CACHE PATH "LibTorch" FORCE)
    find_package(Torch REQUIRED)
  endif()
  if(NOT Torch_FOUND)
    message(FATAL_ERROR "LibTorch was not found.\n"
      "  ./flops-fit.sh setup installs it into .deps/, or name yours: -DTorch_DIR=.../share/cmake/Torch,\n"
      "  or leave the trainer out: -DFF_BUILD_TRAINER=OFF")
  endif()
  if(Torch_VERSION VERSION_LESS 1.13)
    message(FATAL_ERROR "LibTorch ${Torch_VERSION} is too old: 1.13 or newer is needed (found in ${Torch_DIR}).\n"
      "  ./flops-fit.sh setup installs a newer one into .deps/.")
  endif()
endif()
