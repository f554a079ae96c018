#pragma once
// A program of another's making over files of another's making: a child with as little as it needs.
#include "watch.hpp"

namespace minben::intake {

struct Program {
  std::vector<std::string> arguments;    ///< the first is the program's absolute path
  std::vector<std::string> environment;  ///< all of it: "NAME=value"
  std::filesystem::path directory;       ///< where it runs; its output is written there
};

/// Runs to the end, without network, without other files than its own, programs and libraries
/// (where the kernel has Landlock, 5.13), and with bounds on memory, processor time, size of files
/// and their number (limits of Watch). Its output is <directory>/said. Killed when Watch says stop.
/// Errors: unavailable "program_missing", invalid "program_failed" with what it said first.
Result<void> run(const Program& program, const Watch& watch);

}  // namespace minben::intake
