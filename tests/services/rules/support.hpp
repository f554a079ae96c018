#pragma once
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "core/core.hpp"
#include "rules/rules.hpp"

namespace minben::rules::test {

inline const std::string folder = MINBEN_SOURCE_DIR "/tests/services/rules/";

inline std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  EXPECT_TRUE(in.is_open()) << path;
  return out.str();
}
inline Json read_json(const std::string& path) {
  const auto json = parse_json(read_file(path));
  EXPECT_TRUE(json) << path << ": " << (json ? "" : describe(json.error()));
  return json.value_or(Json());
}
inline Options at_noon() {
  Options options;
  options.now = *parse_instant("2026-11-23T04:00:00Z");
  return options;
}

}  // namespace minben::rules::test
