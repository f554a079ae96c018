#include <algorithm>
#include <array>
#include <exception>
#include <optional>
#include <set>
#include <string_view>

#include <toml.hpp>

#include "messages.hpp"

namespace minben::messages {

namespace {

constexpr std::array<std::string_view, 24> reserved{
    "and",    "auto", "bool", "break", "case",    "class",  "continue", "default",
    "delete", "do",   "else", "enum",  "export",  "false",  "for",      "if",
    "long",   "new",  "not",  "or",    "private", "public", "return",   "switch"};

bool is_name(std::string_view text) {
  if (text.empty() || text.front() < 'a' || text.front() > 'z') return false;
  const bool letters = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
  return letters && std::find(reserved.begin(), reserved.end(), text) == reserved.end();
}

std::optional<Type> type_of(std::string_view name) {
  if (name == "text") return Type::text;
  if (name == "int") return Type::integer;
  if (name == "twd") return Type::twd;
  if (name == "date") return Type::date;
  if (name == "time") return Type::time;
  return std::nullopt;
}

/// Reads one file, collecting every fault instead of stopping at the first.
class Reader {
 public:
  Reader(File& file, std::string path) : file_(file), path_(std::move(path)) {}

  void message(const std::string& key, const toml::value& value) {
    const int line = static_cast<int>(value.location().line());
    if (!is_name(key)) fault(line, "'" + key + "' is no name: a-z, 0-9 and _, no C++ keyword");
    if (!value.is_table()) return fault(line, "'" + key + "' must be a table with zh-Hant and en");
    Message message;
    message.key = key;
    message.line = line;
    const auto& table = value.as_table();
    for (const auto& [name, unused] : table)
      if (name != "zh-Hant" && name != "en")
        fault(line, "'" + key + "' has '" + name + "', which is no language here");
    message.zh_hant = language(key, line, table, "zh-Hant");
    english(message, table);
    collect_arguments(message);
    file_.messages.push_back(std::move(message));
  }

  void fault(int line, std::string what) { file_.faults.push_back({path_, line, std::move(what)}); }

 private:
  Pieces language(const std::string& key, int line, const toml::table& table, const char* name) {
    const auto found = table.find(name);
    if (found == table.end()) {
      fault(line, "'" + key + "' has no " + name);
      return {};
    }
    return text(key, found->second);
  }

  void english(Message& message, const toml::table& table) {
    const auto found = table.find("en");
    if (found == table.end() || !found->second.is_table()) {
      message.en = language(message.key, message.line, table, "en");
      return;
    }
    const int line = static_cast<int>(found->second.location().line());
    const auto& forms = found->second.as_table();
    if (forms.size() != 2 || !forms.contains("one") || !forms.contains("other"))
      return fault(line, "'" + message.key + "': en as a table has exactly 'one' and 'other'");
    message.en_one = text(message.key, forms.at("one"));
    message.en = text(message.key, forms.at("other"));
  }

  Pieces text(const std::string& key, const toml::value& value) {
    const int line = static_cast<int>(value.location().line());
    if (!value.is_string()) {
      fault(line, "'" + key + "' must be text");
      return {};
    }
    const std::string& whole = value.as_string().str;
    if (whole.empty()) fault(line, "'" + key + "' is empty");
    return cut(key, line, whole);
  }

  /// "{{" and "}}" stand for braces.
  Pieces cut(const std::string& key, int line, std::string_view whole) {
    Pieces pieces;
    std::string literal;
    for (std::size_t at = 0; at < whole.size(); ++at) {
      const bool doubled = at + 1 < whole.size() && whole[at] == whole[at + 1];
      if ((whole[at] == '{' || whole[at] == '}') && doubled) {
        literal += whole[at++];
      } else if (whole[at] == '{') {
        const std::size_t end = whole.find('}', at);
        if (end == whole.npos) return fault(line, "'" + key + "': '{' without '}'"), pieces;
        if (!literal.empty()) pieces.push_back({std::exchange(literal, {}), {}});
        placeholder(key, line, whole.substr(at + 1, end - at - 1), pieces);
        at = end;
      } else if (whole[at] == '}') {
        fault(line, "'" + key + "': '}' without '{'");
      } else {
        literal += whole[at];
      }
    }
    if (!literal.empty()) pieces.push_back({literal, {}});
    return pieces;
  }

  void placeholder(const std::string& key, int line, std::string_view inside, Pieces& pieces) {
    const std::size_t colon = inside.find(':');
    const std::string name(inside.substr(0, colon));
    const std::string type(colon == inside.npos ? "" : inside.substr(colon + 1));
    const auto known = type_of(type);
    if (!is_name(name) || name == "language")
      return fault(line, "'" + key + "': '{" + name + "' is no name");
    if (!known)
      return fault(line,
                   "'" + key + "': {" + name + "} needs a type: text, int, twd, date or time");
    pieces.push_back({"", {name, *known}});
  }

  static std::set<Placeholder> used(const Pieces& pieces) {
    std::set<Placeholder> all;
    for (const Piece& piece : pieces)
      if (!piece.placeholder.name.empty()) all.insert(piece.placeholder);
    return all;
  }

  void collect_arguments(Message& message) {
    const auto arguments = used(message.zh_hant);
    if (arguments != used(message.en))
      fault(message.line, "'" + message.key + "': zh-Hant and en differ in their placeholders");
    message.arguments.assign(arguments.begin(), arguments.end());
    if (message.en_one.empty()) return;
    const auto is_count = [](const Placeholder& p) { return p.type == Type::integer; };
    if (std::count_if(arguments.begin(), arguments.end(), is_count) != 1)
      return fault(message.line, "'" + message.key + "': one/other needs exactly one int");
    message.count = std::find_if(arguments.begin(), arguments.end(), is_count)->name;
    for (const Placeholder& p : used(message.en_one))
      if (!arguments.contains(p))
        fault(message.line, "'" + message.key + "': 'one' has an unknown {" + p.name + "}");
  }

  File& file_;
  std::string path_;
};

}  // namespace

File read(const std::filesystem::path& path) {
  File file{.name = path.stem().string(), .messages = {}, .faults = {}};
  Reader reader(file, path.string());
  if (!is_name(file.name)) reader.fault(0, "the file's name must be a-z, 0-9 and _");
  try {
    const auto root = toml::parse(path);
    for (const auto& [key, value] : root.as_table()) reader.message(key, value);
  } catch (const toml::exception& error) {
    reader.fault(static_cast<int>(error.location().line()), error.what());
  } catch (const std::exception& error) {
    reader.fault(0, error.what());
  }
  std::sort(file.messages.begin(), file.messages.end(),
            [](const Message& a, const Message& b) { return a.key < b.key; });
  std::sort(file.faults.begin(), file.faults.end(),
            [](const Fault& a, const Fault& b) { return a.line < b.line; });
  return file;
}

}  // namespace minben::messages
