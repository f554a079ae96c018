// Columns as agencies describe them in one line of text.
#include <algorithm>
#include <set>

#include "national.hpp"
#include "taiwan_words.hpp"

namespace minben::interchange {

namespace {

struct Mark {
  std::size_t size = 0;
  enum { none, separator, open, close } kind = none;
};

Mark mark_at(std::string_view text) {
  for (const std::string_view sign : {"、", "，", "；", "。"})
    if (text.starts_with(sign)) return {sign.size(), Mark::separator};
  for (const std::string_view sign : {"（", "〔"})
    if (text.starts_with(sign)) return {sign.size(), Mark::open};
  for (const std::string_view sign : {"）", "〕"})
    if (text.starts_with(sign)) return {sign.size(), Mark::close};
  switch (text.front()) {
    case ',':
    case ';':
    case '\n':
      return {1, Mark::separator};
    case '(':
      return {1, Mark::open};
    case ')':
      return {1, Mark::close};
    default:
      return {1, Mark::none};
  }
}

void drop_quotes(std::string& name) {
  for (const auto& [open, close] : {std::pair{"「", "」"}, std::pair{"\"", "\""}})
    if (name.starts_with(open) && name.ends_with(close) &&
        name.size() >= std::string_view(open).size() + std::string_view(close).size())
      name =
          name.substr(std::string_view(open).size(),
                      name.size() - std::string_view(open).size() - std::string_view(close).size());
}

}  // namespace

std::vector<catalogue::FieldDescription> read_field_list(std::string_view text) {
  std::vector<catalogue::FieldDescription> out;
  std::set<std::string> names;
  std::string name, inside;
  int depth = 0;
  const auto end_field = [&] {
    std::string found = tidy(name), meaning = tidy(inside);
    drop_quotes(found);
    name.clear();
    inside.clear();
    depth = 0;
    if (found.empty() || out.size() >= 500 || found.size() > 500 || !names.insert(found).second)
      return;
    out.push_back({found, {meaning == found ? "" : meaning, ""}, "", ""});
  };
  for (std::size_t i = 0; i < text.size();) {
    const Mark mark = mark_at(text.substr(i));
    const std::string_view sign = text.substr(i, mark.size);
    i += mark.size;
    if (mark.kind == Mark::separator && depth == 0) {
      end_field();
    } else if (mark.kind == Mark::open) {
      if (depth++ > 0) inside += sign;
    } else if (mark.kind == Mark::close && depth > 0) {
      if (--depth > 0) inside += sign;
    } else {
      (depth > 0 ? inside : name) += sign;
    }
  }
  end_field();
  return out;
}

std::string write_field_list(const std::vector<catalogue::FieldDescription>& fields) {
  std::string out;
  for (const catalogue::FieldDescription& field : fields) {
    if (!out.empty()) out += "、";
    out += field.name;
    const std::string& meaning =
        field.description.zh_hant.empty() ? field.description.en : field.description.zh_hant;
    if (!meaning.empty()) out += "(" + meaning + ")";
  }
  return out;
}

}  // namespace minben::interchange
