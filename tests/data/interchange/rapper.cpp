#include "rapper.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/shared.hpp"

namespace minben::interchange {

Graph read_with_rapper(const std::string& text, const std::string& syntax) {
  const test::TemporaryDirectory directory;
  const auto file = directory.path() / "document", answer = directory.path() / "triples";
  std::ofstream(file, std::ios::binary) << text;
  const std::string command =
      fmt::format("rapper -q -i {} -o ntriples '{}' http://example.org/base >'{}' 2>&1", syntax,
                  file.string(), answer.string());
  EXPECT_EQ(std::system(command.c_str()), 0) << text << "\n" << test::read_file(answer);
  auto graph = read_ntriples(test::read_file(answer));
  EXPECT_TRUE(graph) << describe(graph.error());
  return graph ? std::move(*graph) : Graph();
}

}  // namespace minben::interchange
