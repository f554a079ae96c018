#include "tree.hpp"

#include <algorithm>
#include <fstream>
#include <regex>
#include <sstream>

namespace minben::tidy {

namespace fs = std::filesystem;

namespace {
const fs::path top = MINBEN_SOURCE_DIR;

SourceFile read(const fs::path& path) {
  SourceFile file{fs::relative(path, top), {}};
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) file.lines.push_back(line);
  return file;
}
}  // namespace

std::vector<SourceFile> files(const std::string& folder, const std::vector<std::string>& endings) {
  std::vector<SourceFile> found;
  if (!fs::exists(top / folder)) return found;
  for (auto entry = fs::recursive_directory_iterator(top / folder);
       entry != fs::recursive_directory_iterator(); ++entry) {
    if (entry->path().filename() == "node_modules") entry.disable_recursion_pending();
    if (!entry->is_regular_file()) continue;
    const std::string name = entry->path().filename().string();
    if (std::ranges::any_of(endings, [&](const std::string& end) { return name.ends_with(end); }))
      found.push_back(read(entry->path()));
  }
  std::ranges::sort(found, {}, &SourceFile::path);
  return found;
}

std::map<std::string, Room> rooms() {
  static const std::regex declaration(R"(minben_room\(\s*(\w+)([^)]*)\))");
  std::map<std::string, Room> found;
  for (const SourceFile& file : files("src", {"CMakeLists.txt"})) {
    std::string text;
    for (const std::string& line : file.lines) text += line + "\n";
    std::smatch match;
    if (!std::regex_search(text, match, declaration)) continue;
    Room room{match[1], file.path.parent_path(), {}};
    std::istringstream words(match[2].str());
    bool in_uses = false;
    for (std::string word; words >> word;) {
      if (word == "USES" || word == "FACES" || word == "LINK") in_uses = word == "USES";
      else if (in_uses) room.uses.insert(word);
    }
    found.emplace(room.name, room);
  }
  return found;
}

std::vector<Function> functions(const SourceFile& file) {
  static const std::regex not_a_function(
      R"(^(namespace|class|struct|enum|union|extern|using|#|template <.*> struct).*)");
  std::vector<Function> found;
  std::size_t start = 0;
  bool inside = false;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    const std::string& line = file.lines[i];
    if (line.empty() || line.front() == ' ') {
      continue;
    } else if (line.front() == '}') {
      if (inside)
        found.push_back({file.path.string() + ":" + std::to_string(start + 1),
                         static_cast<int>(i - start + 1)});
      inside = false;
    } else if (!inside && line.ends_with('{') && !std::regex_match(line, not_a_function) &&
               line.find('(') != std::string::npos) {
      inside = true;
      start = i;
    }
  }
  return found;
}

}  // namespace minben::tidy
