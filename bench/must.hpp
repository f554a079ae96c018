#pragma once
// What all benchmarks do with an error: say it and end at once, whatever other threads are doing.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <type_traits>

#include <fmt/format.h>

#include "core/core.hpp"

namespace minben::bench {

using Steady = std::chrono::steady_clock;

[[noreturn]] inline void give_up(std::string_view what) {
  fmt::print(stderr, "{}\n", what);
  std::fflush(nullptr);
  std::_Exit(1);
}

template <class T>
T must(Result<T> result) {
  if (!result) give_up(describe(result.error()));
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

inline double seconds_since(Steady::time_point from) {
  return std::chrono::duration<double>(Steady::now() - from).count();
}

}  // namespace minben::bench
