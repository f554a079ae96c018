#include "toml_reader.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <toml.hpp>

namespace minben::casework {

namespace {

using Value = toml::value;

int line_at(const Value& value) { return static_cast<int>(value.location().line()); }

Bilingual read_bilingual(const Value& value, std::string_view key, Faults& faults) {
  Bilingual text;
  if (!value.is_table()) {
    faults.add(line_at(value), "wrong_type",
               fmt::format("{} must be {{ zh-Hant = \"…\", en = \"…\" }}", key));
    return text;
  }
  for (const auto& [language, content] : value.as_table()) {
    const bool known = language == "zh-Hant" || language == "en";
    if (!known || !content.is_string()) {
      faults.add(line_at(value), "wrong_type",
                 fmt::format("{}.{} is not a language", key, language));
    } else {
      (language == "en" ? text.en : text.zh_hant) = content.as_string().str;
    }
  }
  if (trim(text.zh_hant).empty() || trim(text.en).empty()) {
    const auto* missing = trim(text.zh_hant).empty() ? "zh-Hant" : "en";
    faults.add(line_at(value), "missing_translation",
               fmt::format("{} has no {} text", key, missing));
  }
  return text;
}

bool looks_bilingual(const Value& value) {
  return value.is_table() &&
         (value.as_table().contains("zh-Hant") || value.as_table().contains("en"));
}

}  // namespace

void Faults::add(int line, std::string_view code, std::string_view detail) {
  into_.push_back(Error{Kind::invalid, std::string(code), std::string(detail), file_, line, 0});
}

struct TomlTable::Node {
  Value value;
  std::string path;  ///< "steps.review", for details
  Faults* faults = nullptr;
  std::set<std::string, std::less<>> known;
  std::vector<std::shared_ptr<Node>> children;

  const Value* find(std::string_view key) {
    known.insert(std::string(key));
    const auto& table = value.as_table();
    const auto found = table.find(std::string(key));
    return found == table.end() ? nullptr : &found->second;
  }
  const Value* need(std::string_view key) {
    const auto* found = find(key);
    if (!found) faults->add(line_at(value), "missing", fmt::format("{} is missing", name(key)));
    return found;
  }
  [[nodiscard]] std::string name(std::string_view key) const {
    return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
  }
  void wrong_type(const Value& found, std::string_view key, std::string_view expected) const {
    faults->add(line_at(found), "wrong_type", fmt::format("{} must be {}", name(key), expected));
  }
  std::shared_ptr<Node> child(const Value& of, std::string child_path) {
    auto node = std::make_shared<Node>(Node{of, std::move(child_path), faults, {}, {}});
    children.push_back(node);
    return node;
  }
};

TomlTable::TomlTable() = default;

bool TomlTable::present() const { return node_ != nullptr; }
int TomlTable::line() const { return node_ ? line_at(node_->value) : 0; }

int TomlTable::line_of(std::string_view key) const {
  if (!node_) return 0;
  const auto& table = node_->value.as_table();
  const auto found = table.find(std::string(key));
  return found == table.end() ? line() : line_at(found->second);
}

bool TomlTable::has(std::string_view key) const {
  return node_ && node_->value.as_table().contains(std::string(key));
}

std::vector<std::string> TomlTable::keys() const {
  std::vector<std::pair<int, std::string>> found;
  if (node_) {
    for (const auto& [key, value] : node_->value.as_table())
      found.emplace_back(line_at(value), key);
  }
  std::ranges::sort(found);
  std::vector<std::string> names;
  for (auto& [line, name] : found) names.push_back(std::move(name));
  return names;
}

std::string TomlTable::text(std::string_view key) {
  if (!node_) return {};
  const auto* found = node_->need(key);
  if (!found) return {};
  if (!found->is_string() || trim(found->as_string().str).empty()) {
    node_->wrong_type(*found, key, "a text that is not empty");
    return {};
  }
  return found->as_string().str;
}

std::string TomlTable::text_or(std::string_view key, std::string_view otherwise) {
  return has(key) ? text(key) : std::string(otherwise);
}

std::int64_t TomlTable::integer(std::string_view key, std::int64_t min, std::int64_t max) {
  if (!node_) return min;
  const auto* found = node_->need(key);
  if (!found) return min;
  if (!found->is_integer() || found->as_integer() < min || found->as_integer() > max) {
    node_->wrong_type(*found, key, fmt::format("a whole number from {} to {}", min, max));
    return min;
  }
  return found->as_integer();
}

std::int64_t TomlTable::integer_or(std::string_view key, std::int64_t otherwise, std::int64_t min,
                                   std::int64_t max) {
  return has(key) ? integer(key, min, max) : otherwise;
}

namespace {

std::optional<double> number_of(const Value& value, double min, double max) {
  double number = 0;
  if (value.is_integer()) number = static_cast<double>(value.as_integer());
  else if (value.is_floating()) number = value.as_floating();
  else return std::nullopt;
  return number >= min && number <= max ? std::optional(number) : std::nullopt;  // NaN is neither
}

}  // namespace

double TomlTable::number(std::string_view key, double min, double max) {
  if (!node_) return min;
  const auto* found = node_->need(key);
  if (!found) return min;
  if (const auto value = number_of(*found, min, max)) return *value;
  node_->wrong_type(*found, key, fmt::format("a number from {} to {}", min, max));
  return min;
}

double TomlTable::number_or(std::string_view key, double otherwise, double min, double max) {
  return has(key) ? number(key, min, max) : otherwise;
}

std::vector<double> TomlTable::numbers(std::string_view key, double min, double max) {
  if (!node_) return {};
  const auto* found = node_->need(key);
  if (!found) return {};
  std::vector<double> list;
  const auto add = [&](const Value& value) {
    if (const auto number = number_of(value, min, max)) list.push_back(*number);
    else node_->wrong_type(value, key, fmt::format("numbers from {} to {}", min, max));
  };
  if (!found->is_array()) add(*found);
  else
    for (const auto& item : found->as_array()) add(item);
  return list;
}

bool TomlTable::boolean_or(std::string_view key, bool otherwise) {
  if (!has(key)) return otherwise;
  const auto* found = node_->find(key);
  if (found->is_boolean()) return found->as_boolean();
  node_->wrong_type(*found, key, "true or false");
  return otherwise;
}

Bilingual TomlTable::bilingual(std::string_view key) {
  if (!node_) return {};
  const auto* found = node_->need(key);
  return found ? read_bilingual(*found, node_->name(key), *node_->faults) : Bilingual{};
}

std::vector<std::string> TomlTable::texts(std::string_view key) {
  if (!node_) return {};
  const auto* found = node_->need(key);
  if (!found) return {};
  std::vector<std::string> list;
  if (!found->is_array()) {
    node_->wrong_type(*found, key, "a list of texts");
    return list;
  }
  for (const auto& item : found->as_array()) {
    if (!item.is_string() || item.as_string().str.empty()) {
      node_->wrong_type(item, key, "a list of texts");
    } else {
      list.push_back(item.as_string().str);
    }
  }
  return list;
}

std::vector<std::string> TomlTable::texts_or_empty(std::string_view key) {
  return has(key) ? texts(key) : std::vector<std::string>{};
}

std::optional<AgencyCode> TomlTable::agency(std::string_view key) {
  const auto name = text(key);
  if (name.empty()) return std::nullopt;
  auto code = AgencyCode::parse(name);
  if (code) return *code;
  fault(line_of(key), "not_a_code", fmt::format("\"{}\" is not a code", name));
  return std::nullopt;
}

TomlTable TomlTable::table(std::string_view key) {
  if (!node_) return {};
  const auto* found = node_->need(key);
  if (!found) return {};
  if (!found->is_table()) {
    node_->wrong_type(*found, key, "a table");
    return {};
  }
  return TomlTable(node_->child(*found, node_->name(key)));
}

TomlTable TomlTable::table_or_none(std::string_view key) {
  return has(key) ? table(key) : TomlTable{};
}

std::vector<TomlTable> TomlTable::tables(std::string_view key) {
  std::vector<TomlTable> list;
  if (!has(key)) return list;
  const auto* found = node_->find(key);
  if (!found->is_array()) {
    node_->wrong_type(*found, key, "a list of tables");
    return list;
  }
  for (const auto& item : found->as_array()) {
    if (item.is_table()) list.push_back(TomlTable(node_->child(item, node_->name(key))));
    else node_->wrong_type(item, key, "a list of tables");
  }
  return list;
}

namespace {

void visit_texts(const Value& value, const std::string& path, Faults& faults,
                 const std::function<void(const std::string&, const Bilingual&, int)>& visit) {
  if (looks_bilingual(value)) {
    visit(path, read_bilingual(value, path, faults), line_at(value));
    return;
  }
  if (!value.is_table()) {
    faults.add(line_at(value), "wrong_type",
               fmt::format("{} must be {{ zh-Hant = \"…\", en = \"…\" }}", path));
    return;
  }
  for (const auto& [key, inner] : value.as_table()) {
    visit_texts(inner, path.empty() ? key : path + "." + key, faults, visit);
  }
}

}  // namespace

void TomlTable::each_bilingual(
    const std::function<void(const std::string&, const Bilingual&, int)>& visit) {
  if (!node_) return;
  for (const auto& [key, inner] : node_->value.as_table()) {
    node_->known.insert(key);
    visit_texts(inner, key, *node_->faults, visit);
  }
}

void TomlTable::unknown_keys(std::string_view described_in) {
  if (!node_) return;
  for (const auto& [key, value] : node_->value.as_table()) {
    if (!node_->known.contains(key)) {
      fault(line_at(value), "unknown_key",
            fmt::format("{} is not described in {}", node_->name(key), described_in));
    }
  }
  for (const auto& child : node_->children) TomlTable(child).unknown_keys(described_in);
}

void TomlTable::fault(int line, std::string_view code, std::string_view detail) {
  if (node_) node_->faults->add(line, code, detail);
}

std::optional<TomlTable> read_toml(std::string_view text, Faults& faults) {
  if (!is_utf8(text)) {
    faults.add(1, "not_toml", "not UTF-8");
    return std::nullopt;
  }
  try {
    std::istringstream stream{std::string(text)};
    auto root = std::make_shared<TomlTable::Node>(
        TomlTable::Node{toml::parse(stream, faults.file()), "", &faults, {}, {}});
    return TomlTable(std::move(root));
  } catch (const toml::exception& error) {
    const std::string what = error.what();
    faults.add(static_cast<int>(error.location().line()), "not_toml",
               what.substr(0, what.find('\n')));
  } catch (const std::exception& error) {
    faults.add(1, "not_toml", error.what());
  }
  return std::nullopt;
}

}  // namespace minben::casework
