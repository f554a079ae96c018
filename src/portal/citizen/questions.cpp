#include "questions.hpp"

namespace minben::citizen {

namespace {

using forms::Field;
using forms::FieldKind;

std::string text_of(const Json& value) {
  return value.is_string() ? std::string(value.as_string()) : write_json(value);
}

std::string_view input_of(const Shown& shown, std::string_view name) {
  for (const auto& [input, value] : shown.inputs)
    if (input == name) return value;
  return {};
}

bool has_input(const Shown& shown, std::string_view name, std::string_view value) {
  return std::any_of(shown.inputs.begin(), shown.inputs.end(), [&](const forms::Input& input) {
    return input.first == name && input.second == value;
  });
}

/// The inputs of one page of questions, with the place inside groups and lists.
class Questions {
 public:
  Questions(Writer& page, const Visit& visit, const Shown& shown)
      : page_(page), language_(visit.language), shown_(shown) {}

  void ask(const Field& field, const std::string& prefix, bool is_heading) {
    const std::string name = prefix + field.name;
    switch (field.kind) {
      case FieldKind::date:
        return date(field, name, is_heading);
      case FieldKind::boolean:
        return yes_or_no(field, name, is_heading);
      case FieldKind::choice:
        return choice(field, name, is_heading);
      case FieldKind::choices:
        return several(field, name, is_heading);
      case FieldKind::file:
        return file(field, name, is_heading);
      case FieldKind::group:
        return group(field, name);
      case FieldKind::list:
        return list(field, name);
      case FieldKind::text:
      case FieldKind::email:
      case FieldKind::uri:
      case FieldKind::integer:
      case FieldKind::number:
        return line(field, name, is_heading);
    }
  }

 private:
  page::Field labelled(const Field& field, const std::string& name, bool is_heading) const {
    std::string label = field.title.in(language_);
    // Authors often say it themselves: "Phone (optional)".
    const bool said = label.ends_with(')') || label.ends_with("）");
    if (!field.required && !is_heading && !said) label += msg::optional_mark(language_);
    return {.name = name,
            .label = label,
            .hint = field.hint.in(language_),
            .error = error_of(field, name),
            .is_heading = is_heading};
  }

  /// The first problem of the field itself, not of what a group or list holds.
  [[nodiscard]] std::string error_of(const Field& field, const std::string& name) const;

  void line(const Field& field, const std::string& name, bool is_heading) {
    const page::Field shown = labelled(field, name, is_heading);
    const std::string value(input_of(shown_, name));
    if (field.rows > 1)
      return page::textarea(page_, language_, shown,
                            {.value = value,
                             .rows = field.rows,
                             .max_characters = static_cast<int>(field.max_length.value_or(0))});
    page::TextInput input{.value = value, .autocomplete = field.autocomplete};
    if (field.kind == FieldKind::email) input.type = "email", input.spellcheck = false;
    if (field.kind == FieldKind::uri) input.type = "url", input.spellcheck = false;
    if (field.kind == FieldKind::integer)
      input.inputmode = "numeric", input.width = page::Width::w10;
    if (field.kind == FieldKind::number)
      input.inputmode = "decimal", input.width = page::Width::w10;
    if (field.max_length && *field.max_length <= 20) input.width = page::Width::w20;
    page::text_input(page_, shown, input);
  }

  void date(const Field& field, const std::string& name, bool is_heading) {
    page::Field shown = labelled(field, name, is_heading);
    if (field.republic_years && shown.hint.empty())
      shown.hint = msg::hint_republic_years(language_);
    page::date_input(page_, language_, shown,
                     {.year = std::string(input_of(shown_, name + ".year")),
                      .month = std::string(input_of(shown_, name + ".month")),
                      .day = std::string(input_of(shown_, name + ".day")),
                      .birthday = field.autocomplete == "bday"});
  }

  void yes_or_no(const Field& field, const std::string& name, bool is_heading) {
    const page::Choice choices[] = {
        {"true", std::string(msg::yes(language_)), {}, has_input(shown_, name, "true")},
        {"false", std::string(msg::no(language_)), {}, has_input(shown_, name, "false")}};
    page::radios(page_, labelled(field, name, is_heading), choices, true);
  }

  std::vector<page::Choice> choices_of(const Field& field, const std::string& name) const {
    std::vector<page::Choice> choices;
    for (const forms::Choice& choice : field.choices) {
      const std::string value = text_of(choice.value);
      choices.push_back({value, choice.label.in(language_), choice.hint.in(language_),
                         has_input(shown_, name, value)});
    }
    return choices;
  }

  void choice(const Field& field, const std::string& name, bool is_heading) {
    const auto choices = choices_of(field, name);
    const page::Field shown = labelled(field, name, is_heading);
    if (choices.size() == 1) return page::checkboxes(page_, shown, choices);
    if (choices.size() <= 16) return page::radios(page_, shown, choices);
    std::vector<page::Choice> with_none{{"", std::string(msg::choose(language_))}};
    with_none.insert(with_none.end(), choices.begin(), choices.end());
    page::select(page_, shown, with_none);
  }

  void several(const Field& field, const std::string& name, bool is_heading) {
    page::checkboxes(page_, labelled(field, name, is_heading), choices_of(field, name));
  }

  void file(const Field& field, const std::string& name, bool is_heading) {
    std::string accept;
    for (const std::string& type : field.accept) accept += (accept.empty() ? "" : ",") + type;
    const auto kept = shown_.files.find(input_of(shown_, name));
    page::file_upload(page_, language_, labelled(field, name, is_heading),
                      {.accept = accept,
                       .max_bytes = field.max_bytes,
                       .kept = kept == shown_.files.end() ? std::string() : kept->second});
  }

  void group(const Field& field, const std::string& name) {
    page::fieldset(page_, field.title.in(language_), Size::m, false, [&](Writer& p) {
      if (!field.hint.in(language_).empty()) page::hint(p, field.hint.in(language_));
      for (const Field& inner : field.fields) ask(inner, name + ".", false);
    });
  }

  [[nodiscard]] int items_of(const std::string& name) const {
    int count = 0;
    for (const auto& [input, value] : shown_.inputs) {
      if (value.empty() || !input.starts_with(name + ".")) continue;
      const std::string_view rest = std::string_view(input).substr(name.size() + 1);
      const auto index = parse_integer(rest.substr(0, rest.find('.')), 0, 999);
      if (index) count = std::max(count, static_cast<int>(*index) + 1);
    }
    return count;
  }

  /// What is there, and one empty item; "add another" saves and shows one more.
  void list(const Field& field, const std::string& name) {
    page::heading(page_, 2, field.title.in(language_));
    if (!field.hint.in(language_).empty()) page::hint(page_, field.hint.in(language_));
    const auto limit = static_cast<int>(field.max_items.value_or(50));
    const int shown = std::min(items_of(name) + 1, limit);
    for (int i = 0; i < shown; ++i)
      page::fieldset(page_, msg::list_item(language_, i + 1, field.title.in(language_)), Size::s,
                     false, [&](Writer&) {
                       for (const Field& inner : field.fields)
                         ask(inner, name + "." + std::to_string(i) + ".", false);
                     });
    if (shown < limit)
      page::button(page_, {.text = std::string(msg::list_add(language_)),
                           .style = page::ButtonStyle::secondary,
                           .name = "_more",
                           .value = "yes"});
  }

  Writer& page_;
  Language language_;
  const Shown& shown_;
};

}  // namespace

namespace {

std::string_view value_of(const forms::Problem& problem, std::string_view name) {
  const auto found = problem.values.find(name);
  return found == problem.values.end() ? std::string_view() : std::string_view(found->second);
}

std::string bound(Language language, const Field& field, std::string_view value) {
  return field.kind == FieldKind::date ? page::date_in_words(language, value) : std::string(value);
}

std::string missing_parts(Language language, std::string_view parts) {
  std::string text;
  for (const std::string_view part : split(parts, ',')) {
    if (!text.empty()) text += language == Language::zh_hant ? "、" : ", ";
    if (part == "year") text += msg::date_year(language);
    if (part == "month") text += msg::date_month(language);
    if (part == "day") text += msg::date_day(language);
  }
  return text;
}

std::string sentence(Language language, const Field& field, const forms::Problem& problem) {
  if (const auto own = field.errors.find(problem.code); own != field.errors.end())
    return own->second.in(language);
  const std::string& title = field.title.in(language);
  const std::string_view code = problem.code;
  const auto value = [&](std::string_view name) { return value_of(problem, name); };
  if (code == "required") {
    if (field.kind == FieldKind::file) return msg::problem_required_file(language, title);
    if (!field.choices.empty() || field.kind == FieldKind::boolean)
      return msg::problem_required_choice(language, title);
    return msg::problem_required(language, title);
  }
  if (code == "too_short") return msg::problem_too_short(language, value("min"), title);
  if (code == "too_long") return msg::problem_too_long(language, value("max"), title);
  if (code == "too_small" || code == "too_early")
    return msg::problem_at_least(language, bound(language, field, value("min")), title);
  if (code == "too_large" || code == "too_late")
    return msg::problem_at_most(language, bound(language, field, value("max")), title);
  if (code == "date_incomplete")
    return msg::problem_date_incomplete(language, missing_parts(language, value("missing")), title);
  if (code == "too_few") return msg::problem_too_few(language, value("min"), title);
  if (code == "too_many") return msg::problem_too_many(language, value("max"), title);
  if (code == "not_accepted") return msg::problem_not_accepted(language, title);
  if (const auto known = msg::find_in_citizen(language, "problem_" + std::string(code)))
    return msg::problem_named(language, title, *known);
  return msg::problem_named(language, title, page::error_text(language, code));
}

}  // namespace

std::string problem_text(Language language, const forms::Form& form,
                         const forms::Problem& problem) {
  if (const Field* field = form.field(problem.pointer)) return sentence(language, *field, problem);
  return page::error_text(language, problem.code);
}

namespace {

std::string Questions::error_of(const Field& field, const std::string& name) const {
  for (const forms::Problem& problem : shown_.problems) {
    const bool own = problem.input == name || problem.input.starts_with(name + ".");
    const bool inside = field.kind == FieldKind::group || field.kind == FieldKind::list;
    if (own && !(inside && problem.input != name)) return sentence(language_, field, problem);
  }
  return {};
}

}  // namespace

std::vector<page::ErrorLine> error_lines(Language language, const forms::Form& form,
                                         const forms::Problems& problems) {
  std::vector<page::ErrorLine> lines;
  for (const forms::Problem& problem : problems)
    lines.push_back({problem.input, problem_text(language, form, problem)});
  return lines;
}

bool asks_one_thing(const forms::Page& asked) {
  if (asked.fields.size() != 1) return false;
  const FieldKind kind = asked.fields.front().kind;
  return kind != FieldKind::group && kind != FieldKind::list &&
         !(kind == FieldKind::choice && asked.fields.front().choices.size() == 1);
}

namespace {

bool any_file(const std::vector<Field>& fields) {
  return std::any_of(fields.begin(), fields.end(), [](const Field& field) {
    return field.kind == FieldKind::file || any_file(field.fields);
  });
}

}  // namespace

bool asks_for_files(const forms::Page& asked) { return any_file(asked.fields); }

void write_fields(Writer& page, const Visit& visit, const std::vector<Field>& fields,
                  const Shown& shown, bool is_heading) {
  Questions questions(page, visit, shown);
  for (const Field& field : fields) questions.ask(field, "", is_heading);
}

void write_field(Writer& page, const Visit& visit, const Field& field, const Shown& shown) {
  Questions(page, visit, shown).ask(field, "", false);
}

std::string answer_text(Language language, const forms::SummaryRow& row,
                        const std::map<std::string, std::string, std::less<>>& files) {
  return page::answer_text(language, row, [&](const std::string& id) {
    const auto file = files.find(id);
    return file == files.end() ? id : file->second;
  });
}

}  // namespace minben::citizen
