#include <algorithm>

#include <fmt/format.h>

#include "form_data.hpp"

namespace minben::forms {

std::string general_pointer(std::string_view pointer) {
  std::string out;
  for (const std::string_view step : split(pointer.substr(pointer.empty() ? 0 : 1), '/'))
    (out += '/') += parse_integer(step, 0, 1'000'000) ? std::string_view("-") : step;
  return out;
}
const Json* at_pointer(const JsonObject& answers, std::string_view pointer) {
  const JsonObject* object = &answers;
  const Json* value = nullptr;
  for (const std::string_view step : split(pointer.substr(pointer.empty() ? 0 : 1), '/')) {
    if (const auto* array = value ? value->if_array() : nullptr) {
      const auto index = parse_integer(step, 0, static_cast<std::int64_t>(array->size()) - 1);
      value = index ? &(*array)[static_cast<std::size_t>(*index)] : nullptr;
    } else {
      value = object ? object->if_contains(step) : nullptr;
    }
    if (!value) return nullptr;
    object = value->if_object();
  }
  return value;
}

const Bilingual& Form::title() const { return data_->title; }
const std::string& Form::file_name() const { return data_->file_name; }
const std::vector<Page>& Form::pages() const { return data_->pages; }
const Page* Form::page(std::string_view id) const {
  const auto found = std::ranges::find(data_->pages, id, &Page::id);
  return found == data_->pages.end() ? nullptr : &*found;
}
const Field* Form::field(std::string_view pointer) const {
  const auto found = data_->fields.find(general_pointer(pointer));
  return found == data_->fields.end() ? nullptr : found->second;
}

std::vector<const Page*> Form::visible_pages(const JsonObject& answers) const {
  std::vector<const Page*> out;
  for (std::size_t i = 0; i < data_->pages.size(); ++i)
    if (data_->is_visible(i, answers)) out.push_back(&data_->pages[i]);
  return out;
}
const Page* Form::first_incomplete(const JsonObject& answers) const {
  for (const Page* page : visible_pages(answers))
    if (!validate_page(*page, answers).empty()) return page;
  return nullptr;
}

JsonObject Form::merge(const JsonObject& answers, const Page& page,
                       const JsonObject& page_answers) const {
  JsonObject out = answers;
  for (const Field& field : page.fields) {
    out.erase(field.name);
    if (const Json* value = page_answers.if_contains(field.name)) out[field.name] = *value;
  }
  // Hiding a page may hide others in turn: until nothing more disappears.
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t i = 0; i < data_->pages.size(); ++i) {
      if (data_->is_visible(i, out)) continue;
      for (const Field& field : data_->pages[i].fields)
        changed = out.erase(field.name) > 0 || changed;
    }
  }
  return out;
}

namespace {
/// A date's first input is its year.
void name_inputs(const Form& form, Problems& problems) {
  for (Problem& problem : problems)
    if (const Field* field = form.field(problem.pointer); field && field->kind == FieldKind::date)
      problem.input += ".year";
}
bool belongs_to(const Page& page, std::string_view pointer) {
  return std::ranges::any_of(page.fields, [&](const Field& field) {
    return pointer == field.pointer || pointer.starts_with(field.pointer + "/");
  });
}
}  // namespace

Problems Form::validate_page(const Page& page, const JsonObject& answers) const {
  Problems problems;
  forms::validate(*data_->root, answers, "", problems);
  std::erase_if(problems,
                [&](const Problem& problem) { return !belongs_to(page, problem.pointer); });
  name_inputs(*this, problems);
  return problems;
}

Problems Form::validate_page(const Page& page, const JsonObject& answers,
                             const Decoded& decoded) const {
  Problems problems = validate_page(page, answers);
  std::erase_if(problems, [&](const Problem& problem) {
    return std::ranges::any_of(
        decoded.problems, [&](const Problem& unread) { return unread.pointer == problem.pointer; });
  });
  problems.insert(problems.begin(), decoded.problems.begin(), decoded.problems.end());
  // In the order of the page, so that the list of errors reads like the page.
  const auto place = [&](const Problem& problem) {
    return std::ranges::find_if(page.fields,
                                [&](const Field& f) {
                                  return problem.pointer == f.pointer ||
                                         problem.pointer.starts_with(f.pointer + "/");
                                }) -
           page.fields.begin();
  };
  std::vector<std::pair<std::pair<std::ptrdiff_t, std::size_t>, Problem>> ordered;
  for (std::size_t i = 0; i < problems.size(); ++i)
    ordered.push_back({{place(problems[i]), i}, problems[i]});
  std::ranges::sort(ordered, {}, [](const auto& entry) { return entry.first; });
  for (std::size_t i = 0; i < problems.size(); ++i) problems[i] = std::move(ordered[i].second);
  return problems;
}

namespace {
void refuse_unknown(const Form& form, const JsonObject& object, const std::string& pointer,
                    Problems& out) {
  for (const auto& member : object) {
    const std::string at = pointer + pointer_step(member.key());
    const Field* field = form.field(at);
    if (!field) {
      const bool known = std::ranges::any_of(
          out, [&](const Problem& p) { return p.pointer == at && p.code == "unknown_field"; });
      if (!known) out.push_back({at, "", "unknown_field", {}});
    } else if (const auto* inner = member.value().if_object()) {
      refuse_unknown(form, *inner, at, out);
    } else if (const auto* items = member.value().if_array();
               items && field->kind == FieldKind::list) {
      for (std::size_t i = 0; i < items->size(); ++i)
        if (const auto* item = (*items)[i].if_object())
          refuse_unknown(form, *item, fmt::format("{}/{}", at, i), out);
    }
  }
}
}  // namespace

Problems Form::validate(const JsonObject& answers) const {
  Problems problems;
  forms::validate(*data_->root, answers, "", problems);
  refuse_unknown(*this, answers, "", problems);
  name_inputs(*this, problems);
  return problems;
}

}  // namespace minben::forms
