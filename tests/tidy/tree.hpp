#pragma once
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace minben::tidy {

struct SourceFile {
  std::filesystem::path path;  ///< relative to the top of the project
  std::vector<std::string> lines;
};

/// All files below `folder` whose name ends with one of `endings`, in order of their paths.
std::vector<SourceFile> files(const std::string& folder, const std::vector<std::string>& endings);

struct Room {
  std::string name;
  std::filesystem::path folder;
  std::set<std::string> uses;  ///< as declared in its CMakeLists.txt
};

/// Every folder below src/ that declares a room.
std::map<std::string, Room> rooms();

struct Function {
  std::string where;  ///< file:line
  int lines = 0;
};

/// Functions at namespace scope, found by the layout that clang-format gives them.
std::vector<Function> functions(const SourceFile& file);

}  // namespace minben::tidy
