#include "template.hpp"

#include <algorithm>
#include <array>
#include <sstream>

#include <toml.hpp>

#include "placeholders.hpp"

namespace minben::documents {

namespace {

using Toml = toml::value;

/// toml11 gives every table of an array the place of the first one; its first value knows better.
const Toml& first_in(const Toml& item) {
  if (!item.is_table() || item.as_table().empty()) return item;
  const auto first = std::ranges::min_element(item.as_table(), {}, [](const auto& entry) {
    const auto place = entry.second.location();
    return std::pair(place.line(), place.column());
  });
  return first->second;
}

/// Reads one file; remembers its name for errors.
class Reader {
 public:
  explicit Reader(std::string_view file) : file_(file) {}

  Result<Template> read(const Toml& root) const {
    MINBEN_CHECK(known_keys(root, {"title", "issuer", "reference", "block"}));
    Template form;
    form.file = file_;
    MINBEN_TRY(title, required_text(root, "title", "missing_title"));
    MINBEN_TRY(issuer, required_text(root, "issuer", "missing_issuer"));
    form.title = std::move(title);
    form.issuer = std::move(issuer);
    if (root.contains("reference")) {
      MINBEN_TRY(reference, plain(root, "reference"));
      form.reference = std::move(reference);
    }
    if (!root.contains("block") || !root.at("block").is_array()) {
      return wrong(root, "empty_document", "at least one [[block]] is needed");
    }
    for (const Toml& item : root.at("block").as_array()) {
      MINBEN_TRY(parsed, block(item));
      form.blocks.push_back(std::move(parsed));
    }
    return form;
  }

  [[nodiscard]] std::unexpected<Error> wrong(const Toml& at, std::string_view code,
                                             std::string_view detail) const {
    const auto place = first_in(at).location();
    return fail(Error{Kind::invalid, std::string(code), std::string(detail), file_,
                      static_cast<int>(place.line()), static_cast<int>(place.column())});
  }

 private:
  Result<Block> block(const Toml& item) const {
    if (!item.is_table()) return wrong(item, "unknown_block", "a [[block]] is a table");
    MINBEN_CHECK(
        known_keys(item, {"heading", "paragraph", "small", "fields", "list", "barcode", "when"}));
    Block result;
    result.line = static_cast<int>(first_in(item).location().line());
    if (item.contains("when")) {
      MINBEN_TRY(when, plain(item, "when"));
      result.when = std::move(when);
    }
    MINBEN_CHECK(content(item, result));
    return result;
  }

  Result<void> content(const Toml& item, Block& result) const {
    if (item.contains("heading")) {
      MINBEN_TRY(heading, text(item.at("heading")));
      result.content = Heading{std::move(heading)};
    } else if (item.contains("paragraph")) {
      MINBEN_TRY(paragraph, text(item.at("paragraph")));
      const bool small =
          item.contains("small") && item.at("small").is_boolean() && item.at("small").as_boolean();
      result.content = Paragraph{std::move(paragraph), small};
    } else if (item.contains("fields")) {
      MINBEN_TRY(table, fields(item.at("fields")));
      result.content = std::move(table);
    } else if (item.contains("list")) {
      MINBEN_TRY(name, plain(item, "list"));
      if (!is_placeholder_name(name)) return wrong(item, "bad_placeholder", name);
      result.content = BulletList{std::move(name)};
    } else if (item.contains("barcode")) {
      MINBEN_TRY(code, barcode(item.at("barcode")));
      result.content = std::move(code);
    } else {
      return wrong(item, "unknown_block", "one of heading, paragraph, fields, list, barcode");
    }
    return {};
  }

  Result<FieldTable> fields(const Toml& list) const {
    if (!list.is_array() || list.as_array().empty()) {
      return wrong(list, "unknown_block", "fields is a list of {label, value}");
    }
    FieldTable table;
    for (const Toml& item : list.as_array()) {
      if (!item.is_table()) return wrong(item, "unknown_block", "a field is {label, value}");
      MINBEN_CHECK(known_keys(item, {"label", "value"}));
      MINBEN_TRY(label, required_text(item, "label", "missing_language"));
      MINBEN_TRY(value, text_or_plain(item, "value"));
      table.fields.push_back({std::move(label), std::move(value)});
    }
    return table;
  }

  Result<Barcode> barcode(const Toml& item) const {
    if (!item.is_table())
      return wrong(item, "unknown_barcode", "barcode is {kind, value, caption}");
    MINBEN_CHECK(known_keys(item, {"kind", "value", "caption"}));
    MINBEN_TRY(kind, plain(item, "kind"));
    MINBEN_TRY(value, plain(item, "value"));
    MINBEN_TRY(caption, required_text(item, "caption", "missing_language"));
    if (kind == "qr") return Barcode{Symbology::qr, std::move(value), std::move(caption)};
    if (kind == "code39") return Barcode{Symbology::code39, std::move(value), std::move(caption)};
    if (kind == "code128") return Barcode{Symbology::code128, std::move(value), std::move(caption)};
    return wrong(item, "unknown_barcode", kind);
  }

  Result<Bilingual> required_text(const Toml& table, const std::string& key,
                                  std::string_view code) const {
    if (!table.contains(key)) return wrong(table, code, key);
    return text(table.at(key));
  }

  Result<Bilingual> text(const Toml& value) const {
    if (!value.is_table()) return wrong(value, "missing_language", "expected { zh-Hant, en }");
    MINBEN_CHECK(known_keys(value, {"zh-Hant", "en"}));
    MINBEN_TRY(zh, plain(value, "zh-Hant"));
    MINBEN_TRY(en, plain(value, "en"));
    return Bilingual{std::move(zh), std::move(en)};
  }

  Result<Bilingual> text_or_plain(const Toml& table, const std::string& key) const {
    if (table.contains(key) && table.at(key).is_table()) return text(table.at(key));
    MINBEN_TRY(same, plain(table, key));
    return Bilingual{same, same};
  }

  /// A non-empty string whose placeholders are well-formed.
  Result<std::string> plain(const Toml& table, const std::string& key) const {
    const bool language = key == "zh-Hant" || key == "en";
    if (!table.contains(key)) {
      return wrong(table, language ? "missing_language" : "missing_text", key);
    }
    const Toml& value = table.at(key);
    if (!value.is_string() || trim(value.as_string().str).empty()) {
      return wrong(value, language ? "missing_language" : "missing_text", key);
    }
    if (!placeholders(value.as_string().str)) {
      return wrong(value, "bad_placeholder", value.as_string().str);
    }
    return value.as_string().str;
  }

  Result<void> known_keys(const Toml& table, std::initializer_list<std::string_view> keys) const {
    for (const auto& [key, value] : table.as_table()) {
      if (std::ranges::find(keys, key) == keys.end()) return wrong(value, "unknown_key", key);
    }
    return {};
  }

  std::string file_;
};

void collect(const std::string& text, std::set<std::string>& names) {
  const auto found = placeholders(text);
  if (found) names.insert(found->begin(), found->end());
}
void collect(const Bilingual& text, std::set<std::string>& names) {
  collect(text.zh_hant, names);
  collect(text.en, names);
}

struct Collector {
  std::set<std::string>& names;
  void operator()(const Heading& heading) const { collect(heading.text, names); }
  void operator()(const Paragraph& paragraph) const { collect(paragraph.text, names); }
  void operator()(const BulletList& list) const { names.insert(list.name); }
  void operator()(const FieldTable& table) const {
    for (const Field& field : table.fields) {
      collect(field.label, names);
      collect(field.value, names);
    }
  }
  void operator()(const Barcode& barcode) const {
    collect(barcode.value, names);
    collect(barcode.caption, names);
  }
};

std::set<std::string> names_of_head(const Template& form) {
  std::set<std::string> names;
  collect(form.title, names);
  collect(form.issuer, names);
  collect(form.reference, names);
  return names;
}

int line_in(const std::string& message) {
  // toml11 reports " --> file" and then the line number before a bar.
  const auto bar = message.find(" | ");
  if (bar == std::string::npos) return 0;
  auto start = message.rfind('\n', bar);
  start = start == std::string::npos ? 0 : start + 1;
  return static_cast<int>(
      parse_integer(trim(std::string_view(message).substr(start, bar - start)), 0, 1 << 20)
          .value_or(0));
}

}  // namespace

Result<Template> Template::parse(std::string_view text, std::string_view file) {
  if (!is_utf8(text)) return fail(Kind::invalid, "not_toml", "not UTF-8", file);
  std::istringstream stream{std::string(text)};
  try {
    return Reader(file).read(toml::parse(stream, std::string(file)));
  } catch (const toml::exception& e) {
    const auto line = static_cast<int>(e.location().line());
    return fail(Error{Kind::invalid, "not_toml", "the file does not follow TOML 1.0",
                      std::string(file), line > 0 ? line : line_in(e.what()),
                      static_cast<int>(e.location().column())});
  } catch (const std::exception& e) {  // toml11 throws others too on odd input
    return fail(
        Error{Kind::invalid, "not_toml", e.what(), std::string(file), line_in(e.what()), 0});
  }
}

std::set<std::string> Template::used() const {
  std::set<std::string> names = names_of_head(*this);
  for (const Block& block : blocks) std::visit(Collector{names}, block.content);
  return names;
}

std::set<std::string> Template::required() const {
  std::set<std::string> names = names_of_head(*this);
  for (const Block& block : blocks) {
    std::set<std::string> own;
    std::visit(Collector{own}, block.content);
    own.erase(block.when);
    names.merge(own);
  }
  return names;
}

}  // namespace minben::documents
