// "Check your answers", and answers that a register already knows.
#include <algorithm>

#include <fmt/format.h>

#include "form_data.hpp"

namespace minben::forms {

namespace {
Bilingual both(std::string text) { return {text, text}; }

Bilingual shown(const Field& field, const Json& value) {
  for (const Choice& choice : field.choices)
    if (same_json(choice.value, value)) return choice.label;
  if (value.is_string()) return both(std::string(value.get_string()));
  if (const auto number = decimal_of(value)) return both(number->to_string());
  return both(write_json(value));
}

class Summary {
 public:
  Summary(const Page& page, const Origins& origins, std::vector<SummaryRow>& out)
      : page_(page), origins_(origins), out_(out) {}

  void add(const Field& field, const Json* value, const std::string& pointer) {
    if (field.kind == FieldKind::group) return add_inner(field, value, pointer);
    if (field.kind == FieldKind::list && value && value->is_array()) {
      for (std::size_t i = 0; i < value->get_array().size(); ++i)
        add_inner(field, &value->get_array()[i], fmt::format("{}/{}", pointer, i));
      return;
    }
    SummaryRow row{page_.id, pointer, field.kind, field.title, {}, std::nullopt};
    if (const auto* items = value ? value->if_array() : nullptr) {
      for (const Json& item : *items) row.values.push_back(shown(field, item));
    } else if (value) {
      row.values.push_back(shown(field, *value));
    }
    if (const auto origin = origins_.find(pointer); origin != origins_.end())
      row.origin = origin->second;
    out_.push_back(std::move(row));
  }

 private:
  void add_inner(const Field& field, const Json* value, const std::string& pointer) {
    for (const Field& inner : field.fields)
      add(inner, value ? find(*value, inner.name) : nullptr,
          fmt::format("{}/{}", pointer, inner.name));
  }
  const Page& page_;
  const Origins& origins_;
  std::vector<SummaryRow>& out_;
};
}  // namespace

std::vector<SummaryRow> Form::summary(const JsonObject& answers, const Origins& origins) const {
  std::vector<SummaryRow> out;
  for (const Page* page : visible_pages(answers)) {
    Summary rows(*page, origins, out);
    for (const Field& field : page->fields)
      rows.add(field, answers.if_contains(field.name), field.pointer);
  }
  return out;
}

namespace {
struct Prefiller {
  const FormData& form;
  const JsonObject& items;
  Origin origin;
  Prefilled& out;

  /// Fills the empty fields of an object; the pointers of lists' items are not known beforehand.
  void fill(const std::vector<Field>& fields, JsonObject& object) {
    for (const Field& field : fields) {
      if (field.kind == FieldKind::group) {
        fill_group(field, object);
      } else if (const Json* value = field.prefill.empty() || object.contains(field.name)
                                         ? nullptr
                                         : items.if_contains(field.prefill)) {
        if (value->is_null() || !is_valid(*form.schemas.find(field.pointer)->second, *value))
          continue;
        object[field.name] = *value;
        Origin mark = origin;
        mark.item = field.prefill;
        out.origins.emplace(field.pointer, std::move(mark));
      }
    }
  }
  void fill_group(const Field& field, JsonObject& object) {
    JsonObject inner;
    if (const Json* present = object.if_contains(field.name)) {
      if (!present->is_object()) return;
      inner = present->get_object();
    }
    fill(field.fields, inner);
    if (!inner.empty()) object[field.name] = std::move(inner);
  }
};
}  // namespace

Prefilled Form::prefill(const JsonObject& answers, const JsonObject& items, std::string_view agency,
                        std::string_view fetched_at) const {
  Prefilled out;
  out.answers = answers;
  Prefiller prefiller{
      *data_, items, {std::string(agency), "", std::string(fetched_at), false}, out};
  for (const Page& page : data_->pages) prefiller.fill(page.fields, out.answers);
  return out;
}

Origins keep_origins(const Origins& origins, const JsonObject& before, const JsonObject& after) {
  Origins out;
  for (auto [pointer, origin] : origins) {
    const Json* now = at_pointer(after, pointer);
    const Json* then = at_pointer(before, pointer);
    if (!now) continue;  // the answer is gone, and its mark with it
    origin.changed = origin.changed || !then || !same_json(*now, *then);
    out.emplace(pointer, std::move(origin));
  }
  return out;
}

Json to_json(const Origins& origins) {
  JsonObject out;
  for (const auto& [pointer, origin] : origins)
    out[pointer] = {{"agency", origin.agency},
                    {"item", origin.item},
                    {"fetched_at", origin.fetched_at},
                    {"changed", origin.changed}};
  return out;
}

Result<Origins> origins_from_json(const Json& json) {
  Origins out;
  if (!json.is_object()) return fail(Kind::invalid, "wrong_type", "origins are an object");
  for (const auto& member : json.get_object()) {
    MINBEN_TRY(agency, get_string(member.value(), "agency"));
    MINBEN_TRY(item, get_string(member.value(), "item"));
    MINBEN_TRY(fetched_at, get_string(member.value(), "fetched_at"));
    MINBEN_TRY(changed, get_bool(member.value(), "changed"));
    out.emplace(std::string(member.key()),
                Origin{std::move(agency), std::move(item), std::move(fetched_at), changed});
  }
  return out;
}

}  // namespace minben::forms
