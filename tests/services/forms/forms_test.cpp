#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "core/core.hpp"
#include "forms/forms.hpp"

namespace minben::forms {
namespace {

const std::string folder = MINBEN_SOURCE_DIR "/tests/services/forms/data/";

std::string read_file(const std::string& name) {
  std::ifstream in(folder + name, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  EXPECT_TRUE(in.is_open()) << name;
  return out.str();
}
Form residence() {
  auto form = Form::load(read_file("residence.json"), "residence.json");
  if (!form) {
    for (const Error& error : form.error()) ADD_FAILURE() << describe(error);
    std::abort();
  }
  return *form;
}
JsonObject object(std::string_view json) { return parse_json(json)->get_object(); }

std::vector<Input> inputs_of(const Json& json) {
  std::vector<Input> inputs;
  for (const auto& member : json.get_object()) {
    if (member.value().is_string()) inputs.emplace_back(member.key(), member.value().get_string());
    else
      for (const Json& each : member.value().get_array())
        inputs.emplace_back(member.key(), each.get_string());
  }
  return inputs;
}

TEST(Forms, load_describes_pages_and_fields) {
  const Form form = residence();
  EXPECT_EQ(form.title().en, "Residence application");
  ASSERT_EQ(form.pages().size(), 5u);
  EXPECT_TRUE(form.page("residence")->conditional);
  EXPECT_EQ(form.page("nothing"), nullptr);
  const Field* birth = form.field("/birth");
  ASSERT_NE(birth, nullptr);
  EXPECT_EQ(birth->kind, FieldKind::date);
  EXPECT_TRUE(birth->republic_years);
  EXPECT_EQ(birth->maximum, "2010-12-31");
  EXPECT_EQ(form.field("/nationality")->choices.at(0).label.zh_hant, "日本");
  EXPECT_EQ(form.field("/jobs/7/employer"), form.field("/jobs/-/employer"));
  EXPECT_TRUE(form.field("/jobs/0/employer")->required);
  EXPECT_EQ(form.field("/photo")->max_bytes, 2'097'152u);
  EXPECT_EQ(form.field("/declaration")->kind, FieldKind::choice);
  EXPECT_EQ(form.field("/arc_number")->errors.at("pattern").en, "Two letters and eight digits");
}

TEST(Forms, submissions_become_answers_and_problems) {
  const Form form = residence();
  for (const Json& one : parse_json(read_file("pages.cases.json"))->get_array()) {
    SCOPED_TRACE(write_json(one));
    const Page* page = form.page(*get_string(one, "page"));
    ASSERT_NE(page, nullptr);
    const auto inputs = inputs_of(one.at("inputs"));
    const Decoded decoded = form.decode(*page, inputs);
    EXPECT_EQ(Json(decoded.answers), one.at("answers"));
    const JsonObject before = find(one, "before") ? one.at("before").get_object() : JsonObject();
    const JsonObject after = form.merge(before, *page, decoded.answers);
    JsonArray problems;
    for (const Problem& problem : form.validate_page(*page, after, decoded)) {
      JsonArray entry{problem.input, problem.code};
      for (const auto& [name, value] : problem.values) entry.emplace_back(value);
      problems.push_back(entry);
    }
    EXPECT_EQ(Json(problems), one.at("problems"));
  }
}

TEST(Forms, what_was_typed_is_kept_and_answers_encode_back) {
  const Form form = residence();
  const std::vector<Input> typed = {{"name", "王"},
                                    {"birth.year", "abc"},
                                    {"birth.month", ""},
                                    {"birth.day", "1"},
                                    {"csrf", "t"}};
  const Decoded decoded = form.decode(*form.page("person"), typed);
  EXPECT_EQ(decoded.inputs, (std::vector<Input>(typed.begin(), typed.end() - 1)));
  const JsonObject answers = object(
      R"({"salary":5,"languages":["zh","en"],"jobs":[{"employer":"A","since":"2020-01-05"}]})");
  const auto inputs = form.encode(*form.page("work"), answers);
  EXPECT_EQ(form.decode(*form.page("work"), inputs).answers, answers);
}

TEST(Forms, hidden_pages_lose_their_answers) {
  const Form form = residence();
  const JsonObject resident = object(R"({"situation":"resident","arc_number":"AC01234567"})");
  EXPECT_EQ(form.visible_pages(resident).size(), 5u);
  const JsonObject abroad =
      form.merge(resident, *form.page("situation"), object(R"({"situation":"abroad"})"));
  EXPECT_EQ(form.visible_pages(abroad).size(), 4u);
  EXPECT_FALSE(abroad.contains("arc_number"));
}

TEST(Forms, the_first_incomplete_page_is_where_to_go_on) {
  const Form form = residence();
  JsonObject answers;
  EXPECT_EQ(form.first_incomplete(answers)->id, "person");
  answers = object(R"({"name":"Li Wei","birth":"1990-01-01","situation":"resident"})");
  EXPECT_EQ(form.first_incomplete(answers)->id, "residence");
  answers["arc_number"] = "AC01234567";
  EXPECT_EQ(form.first_incomplete(answers)->id, "end");
  answers["declaration"] = true;
  EXPECT_EQ(form.first_incomplete(answers), nullptr);
  EXPECT_TRUE(form.validate(answers).empty());
}

TEST(Forms, whole_answers_are_checked_against_forged_values) {
  const Form form = residence();
  const JsonObject forged = object(
      R"({"name":5,"birth":"1990-01-01","situation":"moon","declaration":false,"admin":true,"jobs":[{"employer":"A","x":1}],"languages":"zh"})");
  std::set<std::string> found;
  for (const Problem& problem : form.validate(forged))
    found.insert(problem.pointer + " " + problem.code);
  EXPECT_EQ(found, (std::set<std::string>{"/name wrong_type", "/situation not_a_choice",
                                          "/declaration not_accepted", "/admin unknown_field",
                                          "/jobs/0/x unknown_field", "/languages wrong_type"}));
}

TEST(Forms, the_summary_shows_labels_and_origins) {
  const Form form = residence();
  const auto filled =
      form.prefill(object(R"({"situation":"abroad"})"),
                   object(R"({"nia.name":"王小明","nia.birth":"not a day","other":1})"), "nia",
                   "2026-11-23T04:00:00Z");
  EXPECT_EQ(Json(filled.answers), Json(object(R"({"situation":"abroad","name":"王小明"})")));
  EXPECT_EQ(filled.origins.at("/name").agency, "nia");
  EXPECT_EQ(*origins_from_json(to_json(filled.origins)), filled.origins);
  const auto rows = form.summary(filled.answers, filled.origins);
  const auto row = [&](std::string_view pointer) {
    return *std::ranges::find(rows, pointer, &SummaryRow::pointer);
  };
  EXPECT_EQ(row("/name").origin->item, "nia.name");
  EXPECT_EQ(row("/situation").values.at(0).zh_hant, "國外");
  EXPECT_TRUE(row("/birth").values.empty());
  EXPECT_EQ(std::ranges::find(rows, "/arc_number", &SummaryRow::pointer), rows.end());
}

TEST(Forms, an_edit_marks_what_a_register_said) {
  const Origins origins = {{"/name", {"nia", "nia.name", "t", false}},
                           {"/birth", {"nia", "nia.birth", "t", false}}};
  const auto kept = keep_origins(origins, object(R"({"name":"A","birth":"1990-01-01"})"),
                                 object(R"({"name":"B"})"));
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_TRUE(kept.at("/name").changed);
  EXPECT_TRUE(
      keep_origins(kept, object(R"({"name":"B"})"), object(R"({"name":"B"})")).at("/name").changed);
}

TEST(Forms, every_fault_of_a_form_is_named_with_its_line) {
  const std::string good = read_file("residence.json");
  for (const Json& one : parse_json(read_file("broken.cases.json"))->get_array()) {
    SCOPED_TRACE(write_json(one));
    std::string text = good;
    const std::string from = *get_string(one, "replace"), to = string_or(one, "with");
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos);
    text.replace(at, from.size(), to);
    const auto form = Form::load(text, "broken.json");
    ASSERT_FALSE(form);
    const bool found = std::ranges::any_of(form.error(), [&](const Error& error) {
      return error.code == *get_string(one, "code") && error.line == *get_integer(one, "line") &&
             error.field == "broken.json" &&
             error.detail.find(*get_string(one, "word")) != std::string::npos;
    });
    EXPECT_TRUE(found) << describe(form.error().front());
  }
}

}  // namespace
}  // namespace minben::forms
