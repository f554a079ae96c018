// The rules that fired, in the words of the package: its forms, registers, agencies and texts.
#include <algorithm>

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "core/digits.hpp"
#include "explanations.hpp"
#include "words.hpp"

namespace minben::casework {

namespace {

using About = Explanation::About;

Bilingual same_in_both(std::string text) { return {text, std::move(text)}; }

/// null when it is missing.
const Json& member(const Json& json, std::string_view name) {
  static const Json none;
  const Json* found = find(json, name);
  return found ? *found : none;
}

const JsonArray& list_in(const Json& json, std::string_view name) {
  static const JsonArray none;
  const auto* list = member(json, name).if_array();
  return list ? *list : none;
}

/// "年數 / Years": as a modeller shows it, for readers of both languages.
Bilingual split_label(std::string_view label) {
  constexpr std::string_view between = " / ";
  const auto at = label.find(between);
  if (at == label.npos) return same_in_both(std::string(label));
  return {std::string(label.substr(0, at)), std::string(label.substr(at + between.size()))};
}

class Wording {
 public:
  Wording(const Package& package, const forms::Form& form, const Json& record)
      : package_(package),
        form_(form),
        inputs_(member(record, "inputs")),
        decision_(string_or(record, "decision")) {
    if (const auto* inputs = inputs_.if_object())
      for (const auto& [name, value] : *inputs) names_.emplace_back(name);
  }

  Explanation::Rule rule(About about, const Json& fired) const {
    Explanation::Rule said;
    const std::string decision = string_or(fired, "decision");
    said.decision = named_decision(package_, decision);
    said.number = static_cast<int>(get_integer(fired, "rule").value_or(0));
    const Json& annotations = member(fired, "annotations");
    said.text = {string_or(annotations, "zh-Hant"), string_or(annotations, "en")};
    if (const JsonArray& outputs = list_in(fired, "outputs"); !outputs.empty()) {
      const Json& value = member(outputs.front(), "value");
      said.code = value.is_string() ? std::string(value.as_string()) : write_json(value);
      // What an inner decision gives is no reason, agency or amount of the whole.
      said.result = decision == decision_ ? result(about, value) : plain(value);
    }
    for (const Json& cell : list_in(fired, "inputs"))
      if (const auto asked = string_or(cell, "test"); !asked.empty() && asked != "-")
        said.tests.push_back(test(cell, asked));
    return said;
  }

 private:
  static Bilingual plain(const Json& value) {
    if (value.is_null()) return {"未填", "Not given"};
    if (const bool* truth = value.if_bool()) return yes_or_no(*truth);
    if (const auto* number = value.if_int64()) return same_in_both(group_digits(*number));
    if (const auto* list = value.if_array()) {
      std::vector<Bilingual> items;
      for (const Json& item : *list) items.push_back(plain(item));
      return items.empty() ? Bilingual{"無", "None"} : joined(items);
    }
    if (!value.is_string()) return same_in_both(write_json(value));
    const std::string text(value.as_string());
    const auto date = parse_date(text);
    return date ? long_date_in_both(*date) : same_in_both(text);
  }

  Bilingual result(About about, const Json& value) const {
    const std::string code = value.is_string() ? std::string(value.as_string()) : std::string();
    switch (about) {
      case About::eligibility:
        return both(package_, "eligibility." + code);
      case About::grounds:
        return both(package_, "refusal." + code);
      case About::routing:
        if (const auto agency = AgencyCode::parse(code)) return named_agency(package_, *agency);
        break;
      case About::fee:
        if (const auto* amount = value.if_int64())
          return {fmt::format("新臺幣{}元", group_digits(*amount)),
                  fmt::format("NT${}", group_digits(*amount))};
        break;
    }
    return plain(value);
  }

  const forms::Field* field(std::string_view name) const {
    return form_.field("/" + std::string(name));
  }

  static Bilingual answer(const forms::Field& field, const Json& value) {
    const auto choice = std::ranges::find(field.choices, value, &forms::Choice::value);
    return choice != field.choices.end() && !choice->label.en.empty() ? choice->label
                                                                      : plain(value);
  }

  Explanation::Test test(const Json& cell, const std::string& asked) const {
    const std::string expression = string_or(cell, "expression");
    const forms::Field* about = field(expression);
    Explanation::Test said;
    const std::string label = string_or(cell, "label");
    said.what = about && label == expression ? about->title : split_label(label);
    said.asked = {asked_in(asked, about, Language::zh_hant), asked_in(asked, about, Language::en)};
    const Json& value = member(cell, "value");
    said.found = about ? answer(*about, value) : plain(value);
    if (!about) said.facts = facts(expression);
    return said;
  }

  /// A unary test as a person reads it: labels for codes, ≥ for >=.
  static std::string asked_in(std::string_view test, const forms::Field* field, Language language) {
    if (test == "true" || test == "false") return yes_or_no(test == "true").in(language);
    std::string text;
    while (!test.empty()) {
      if (test.front() == '"') {
        const auto end = std::min(test.find('"', 1), test.size() - 1);
        const Json code(test.substr(1, end - 1));
        text += (field ? answer(*field, code) : plain(code)).in(language);
        test.remove_prefix(end + 1);
      } else if (test.starts_with(">=") || test.starts_with("<=")) {
        text += test.front() == '>' ? "≥" : "≤";
        test.remove_prefix(2);
      } else if (test.front() == ',') {
        text += language == Language::zh_hant ? "、" : ", ";
        test = trim(test.substr(1));
      } else {
        text += test.front();
        test.remove_prefix(1);
      }
    }
    return text;
  }

  /// What a computed input follows from: the inputs of the decision that it names.
  std::vector<Explanation::Fact> facts(const std::string& expression) const {
    std::vector<Explanation::Fact> list;
    const auto parsed = rules::Expression::parse(expression, names_);
    if (!parsed) return list;  // it reads other decisions, whose rules are shown themselves
    for (const std::string& name : parsed->used_names()) {
      const Json& value = member(inputs_, name);
      if (const DataItem* item = package_.item(name)) add_register(list, *item, expression, value);
      else list.push_back(fact(name, value));
    }
    return list;
  }

  Explanation::Fact fact(const std::string& name, const Json& value) const {
    if (const forms::Field* known = field(name)) return {known->title, answer(*known, value)};
    if (name == "today") return {{"審查當日", "The day of this check"}, plain(value)};
    if (name == "supplement_due") return {{"補正期限", "Last day to answer"}, plain(value)};
    if (name == "opinions") return {{"機關意見", "Opinions given"}, opinions(value)};
    return {same_in_both(name), plain(value)};
  }

  Bilingual opinions(const Json& codes) const {
    std::vector<Bilingual> said;
    if (const auto* list = codes.if_array())
      for (const Json& code : *list) said.push_back(outcome(string_of(code)));
    return said.empty() ? Bilingual{"無", "None"} : joined(said);
  }

  static std::string string_of(const Json& value) {
    return value.is_string() ? std::string(value.as_string()) : write_json(value);
  }

  Bilingual outcome(const std::string& code) const {
    for (const Step& step : package_.steps)
      for (const Outcome& one : step.outcomes)
        if (one.code == code) return one.title;
    return same_in_both(code);
  }

  /// The fields of the register's answer that the expression reads, e.g. residence.overstayed.
  static void add_register(std::vector<Explanation::Fact>& list, const DataItem& item,
                           std::string_view expression, const Json& values) {
    for (const auto& [name, title] : item.fields) {
      const std::string path = item.name + "." + name;
      const auto at = expression.find(path);
      if (at == expression.npos) continue;
      const char after = at + path.size() < expression.size() ? expression[at + path.size()] : ' ';
      if (std::isalnum(static_cast<unsigned char>(after)) || after == '_') continue;
      list.push_back({{item.title.zh_hant + "：" + title.zh_hant, item.title.en + ": " + title.en},
                      plain(member(values, name))});
    }
  }

  const Package& package_;
  const forms::Form& form_;
  const Json& inputs_;
  std::string decision_;
  std::vector<std::string> names_;
};

About parse_about(std::string_view text) {
  for (const About about : {About::eligibility, About::routing, About::fee})
    if (text == to_string(about)) return about;
  return About::grounds;
}

}  // namespace

Explanation worded(const Package& package, const forms::Form& form, Json record) {
  Explanation why;
  why.about = parse_about(string_or(record, "about"));
  if (const auto at = parse_instant(string_or(record, "at"))) why.at = *at;
  const Wording words(package, form, record);
  for (const Json& fired : list_in(member(record, "evaluation"), "rules"))
    why.rules.push_back(words.rule(why.about, fired));
  why.record = std::move(record);
  return why;
}

}  // namespace minben::casework
