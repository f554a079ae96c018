// Walks the tree and holds it to the house's habits, so that nobody has to remember them.
#include <functional>
#include <map>
#include <regex>
#include <set>

#include <gtest/gtest.h>

#include "tree.hpp"

namespace minben::tidy {
namespace {

struct Banned {
  std::regex pattern;
  std::string instead;
  std::set<std::string> allowed_in;  ///< beginnings of paths
};

const std::vector<Banned>& banned() {
  static const std::vector<Banned> list = {
      {std::regex(R"(system_clock::now|steady_clock::now|\btime\(nullptr\))"),
       "a Clock argument (deadlines of sockets: net, store, ledger and processes; pace of drivers)",
       {"src/foundation/core/time.cpp", "src/foundation/net/", "src/foundation/store/",
        "src/foundation/ledger/", "src/foundation/gateway/delivery.cpp",
        "src/foundation/trust/pkcs11", "src/app/"}},
      {std::regex(R"(\b(rand|srand|random_device)\s*\()"), "a Random argument", {}},
      {std::regex(R"(\b(strcpy|strcat|sprintf|gets|strtok|system|popen)\s*\()"),
       "std::string, fmt, posix_spawn",
       {}},
      {std::regex(R"(\bgetenv\s*\()"), "configuration read by app", {"src/app/"}},
      {std::regex(R"(\bstd::(cout|cerr)\b|[^n]printf\()"),
       "spdlog, or Result",
       {"src/app/", "src/foundation/core/result.cpp"}},
      {std::regex(R"(thread\w*\.detach\(\))"), "a thread that is joined", {}},
      {std::regex(R"(#include <(iostream|regex)>)"), "fmt, RE2", {"src/app/"}},
      {std::regex(R"(#include <boost/(asio|beast))"), "net", {"src/foundation/net/"}},
      {std::regex(R"(#include <libpq)"), "store", {"src/foundation/store/"}},
      {std::regex(R"(\b(TODO|FIXME|XXX)\b)"), "an issue", {}},
  };
  return list;
}

bool allowed(const Banned& rule, const std::string& path) {
  for (const std::string& beginning : rule.allowed_in)
    if (path.starts_with(beginning)) return true;
  return false;
}

std::vector<SourceFile> sources() { return files("src", {".cpp", ".hpp"}); }

TEST(Tidy, UsesNoBannedCall) {
  for (const SourceFile& file : sources())
    for (const Banned& rule : banned()) {
      if (allowed(rule, file.path.string())) continue;
      for (std::size_t i = 0; i < file.lines.size(); ++i)
        EXPECT_FALSE(std::regex_search(file.lines[i], rule.pattern))
            << file.path.string() << ":" << i + 1 << ": use " << rule.instead << " instead of\n  "
            << file.lines[i];
    }
}

TEST(Tidy, IncludesOnlyRoomsThatAreDeclared) {
  static const std::regex include(R"re(^#include "([a-z_]+)/[a-z_/.]+")re");
  const auto all = rooms();
  ASSERT_GE(all.size(), 5u);
  for (const SourceFile& file : sources()) {
    const std::string folder = file.path.parent_path().filename().string();
    const auto own = all.find(folder);
    if (own == all.end()) continue;  // app is the composition root and may see everybody
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      std::smatch match;
      if (!std::regex_search(file.lines[i], match, include)) continue;
      const std::string used = match[1];
      if (!all.contains(used) || used == folder) continue;
      EXPECT_TRUE(own->second.uses.contains(used))
          << file.path.string() << ":" << i + 1 << ": room " << folder << " does not declare USES "
          << used;
    }
  }
}

TEST(Tidy, ArrowsHaveNoCircle) {
  const auto all = rooms();
  std::set<std::string> done;
  std::function<void(const std::string&, std::set<std::string>)> visit =
      [&](const std::string& room, std::set<std::string> path) {
        ASSERT_TRUE(path.insert(room).second) << "circle through " << room;
        if (done.contains(room) || !all.contains(room)) return;
        for (const std::string& used : all.at(room).uses) visit(used, path);
        done.insert(room);
      };
  for (const auto& [name, room] : all) visit(name, {});
}

TEST(Tidy, EveryColumnSaysItsSensitivity) {
  static const std::regex create(R"(^\s*create table)", std::regex::icase);
  static const std::regex constraint(
      R"(^\s*(primary key|unique|foreign key|check|constraint|exclude|references|\)|partition|--|$))",
      std::regex::icase);
  static const std::regex column(R"(^\s*[a-z_]+\s+[a-z])");
  static const std::regex added(R"(\badd column\b)", std::regex::icase);
  static const std::regex tag(R"(-- \[(open|personal|sealed|secret)\])");
  int columns = 0;
  for (const SourceFile& file : files("src", {".sql"})) {
    bool inside = false;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const std::string& line = file.lines[i];
      if (std::regex_search(line, create)) {
        inside = true;
      } else if (inside && line.starts_with(")")) {
        inside = false;
      } else if (std::regex_search(line, added) || (inside && std::regex_search(line, column) &&
                                                    !std::regex_search(line, constraint))) {
        ++columns;
        EXPECT_TRUE(std::regex_search(line, tag))
            << file.path.string() << ":" << i + 1 << ": say -- [open|personal|sealed|secret]\n  "
            << line;
      }
    }
  }
  EXPECT_GT(columns, 0);
}

// Limits are ratchets: the lists below may only become shorter.
const std::set<std::string> long_functions_known = {};
const std::set<std::string> long_files_known = {};

TEST(Tidy, FunctionsStayShort) {
  for (const SourceFile& file : sources())
    for (const Function& function : functions(file)) {
      if (long_functions_known.contains(file.path.string())) continue;
      EXPECT_LE(function.lines, 70) << function.where;
    }
}

TEST(Tidy, FilesStaySmall) {
  for (const SourceFile& file : sources()) {
    if (long_files_known.contains(file.path.string())) continue;
    EXPECT_LE(file.lines.size(), 600u) << file.path.string();
  }
}

TEST(Tidy, EveryPrivateHeaderIsIncludedBySomebody) {
  std::set<std::string> included;
  static const std::regex include(R"re(^#include "([^"]+)")re");
  for (const char* folder : {"src", "tests", "outside", "bench", "fuzz", "tools"})
    for (const SourceFile& file : files(folder, {".cpp", ".hpp"}))
      for (const std::string& line : file.lines) {
        std::smatch match;
        if (std::regex_search(line, match, include))
          included.insert(std::filesystem::path(match[1].str()).filename().string());
      }
  for (const SourceFile& file : files("src", {".hpp"}))
    EXPECT_TRUE(included.contains(file.path.filename().string()))
        << file.path.string() << " is dead";
}

TEST(Tidy, EveryRoomHasTests) {
  for (const auto& [name, room] : rooms()) {
    const auto relative = std::filesystem::relative(room.folder, "src");
    EXPECT_FALSE(files("tests" / relative, {"_test.cpp"}).empty()) << relative.string();
  }
}

}  // namespace
}  // namespace minben::tidy
