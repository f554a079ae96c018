#pragma once
// Private: reading and writing the TOML of a configuration, with every fault told.
#include <map>
#include <ostream>
#include <sstream>

#include <toml.hpp>

#include "config.hpp"

namespace minben::app {

/// Reads keys of one table and remembers what was wrong and what was asked for.
class Reader {
 public:
  Reader(const toml::value& table, std::string path, const std::filesystem::path& file,
         Errors& errors)
      : table_(table), path_(std::move(path)), file_(file), errors_(errors) {}

  void text(const std::string& key, std::string& into, bool required = true) {
    get(key, into, required);
  }
  void code(const std::string& key, std::string& into, bool required) {
    if (get(key, into, required) && !is_code(into))
      wrong("not_a_code", key, "expected [a-z0-9][a-z0-9._-]{0,63}");
  }
  void path(const std::string& key, std::filesystem::path& into, bool required = true) {
    std::string value;
    if (get(key, value, required)) into = (file_.parent_path() / value).lexically_normal();
  }
  void levels(const std::string& key, identity::Levels& into) {
    if (table_.is_table() && table_.contains(key)) read_levels(key, toml::find(table_, key), into);
  }
  /// name → [identity, authenticator]
  void levels_by_name(const std::string& key, std::map<std::string, identity::Levels>& into) {
    if (!table_.is_table() || !table_.contains(key)) return;
    const toml::value& value = toml::find(table_, key);
    if (!value.is_table()) return wrong("wrong_type", key, "expected a table");
    for (const auto& [name, levels] : value.as_table()) read_levels(key, levels, into[name]);
  }
  void flag(const std::string& key, bool& into) { get(key, into, false); }
  void texts(const std::string& key, std::vector<std::string>& into) {
    if (!table_.is_table() || !table_.contains(key)) return;
    const toml::value& value = toml::find(table_, key);
    const bool good =
        value.is_array() &&
        std::ranges::all_of(value.as_array(), [](const auto& each) { return each.is_string(); });
    if (!good) return wrong("wrong_type", key, "expected an array of strings");
    for (const toml::value& each : value.as_array()) into.push_back(each.as_string().str);
  }
  template <class Number>
  void number(const std::string& key, Number& into, std::int64_t min, std::int64_t max) {
    std::int64_t value = 0;
    if (!get(key, value, false)) return;
    if (value < min || value > max) wrong("out_of_range", key, fmt::format("{} to {}", min, max));
    else into = static_cast<Number>(value);
  }

  void wrong(std::string_view code, const std::string& key, const std::string& detail) {
    errors_.push_back({Kind::invalid, std::string(code),
                       fmt::format("{}.{}: {}", path_, key, detail), file_.string(),
                       static_cast<int>(table_.location().line()), 0});
  }

 private:
  void read_levels(const std::string& key, const toml::value& value, identity::Levels& into) {
    const auto is_level = [](const toml::value& each) {
      return each.is_integer() && each.as_integer() >= 0 && each.as_integer() <= 3;
    };
    if (!value.is_array() || value.as_array().size() != 2 || !is_level(value.as_array()[0]) ||
        !is_level(value.as_array()[1]))
      return wrong("wrong_type", key, "expected [identity, authenticator], each 0 to 3");
    into.identity = static_cast<int>(value.as_array()[0].as_integer());
    into.authenticator = static_cast<int>(value.as_array()[1].as_integer());
  }
  template <class T>
  bool get(const std::string& key, T& into, bool required) {
    if (!table_.is_table() || !table_.contains(key)) {
      if (required) wrong("missing", key, "required");
      return false;
    }
    const toml::value& value = toml::find(table_, key);
    if constexpr (std::is_same_v<T, std::string>) {
      if (!value.is_string()) return wrong("wrong_type", key, "expected a string"), false;
      into = value.as_string().str;
    } else if constexpr (std::is_same_v<T, bool>) {
      if (!value.is_boolean()) return wrong("wrong_type", key, "expected true or false"), false;
      into = value.as_boolean();
    } else {
      if (!value.is_integer()) return wrong("wrong_type", key, "expected a whole number"), false;
      into = value.as_integer();
    }
    return true;
  }
  const toml::value& table_;
  std::string path_;
  const std::filesystem::path& file_;
  Errors& errors_;
};

inline toml::value table_of(const toml::value& document, const std::string& name) {
  return document.contains(name) ? toml::find(document, name) : toml::value(toml::table{});
}

/// A value as TOML writes it.
template <class T>
std::string toml_text(const T& value) {
  std::ostringstream out;
  if constexpr (std::is_same_v<std::decay_t<T>, std::filesystem::path>)
    out << toml::value(value.string());
  else out << toml::value(value);
  return out.str();
}

/// Other providers that people sign in with (sign_in_config.cpp).
void read_sign_in(const toml::value& document, const std::filesystem::path& file, Config& config,
                  Errors& errors);
void write_sign_in(const Config& config, std::ostream& out);

}  // namespace minben::app
