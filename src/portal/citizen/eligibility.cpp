// The check before signing in: nothing is stored, and the answers travel on only if one applies.
#include "page/reasons.hpp"
#include "questions.hpp"

namespace minben::citizen {

namespace {

struct Check {
  casework::PackagePtr package;
  const forms::Form* form = nullptr;
};

Result<Check> asked_check(const Parts& parts, const Visit& visit) {
  const auto code = ServiceCode::parse(visit.request.parameter("service"));
  if (!code) return fail(Kind::not_found, "no_such_page");
  MINBEN_TRY(package, parts.package(*code));
  if (!package->eligibility_form) return fail(Kind::not_found, "no_such_page");
  return Check{package, &*package->eligibility_form};
}

Frame check_frame(const Visit& visit, const casework::Package& package) {
  const Language language = visit.language;
  Frame made =
      frame(visit, msg::check_title(language, package.title.in(language)), Section::services);
  made.back =
      page::Link{std::string(msg::back(language)), visit.url({"services", package.code.value})};
  return made;
}

net::Response ask(const Visit& visit, const Check& check, const JsonObject& answers,
                  std::span<const forms::Input> inputs, const forms::Problems& problems) {
  const Language language = visit.language;
  Frame made = check_frame(visit, *check.package);
  made.errors = error_lines(language, *check.form, problems);
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, made.title, Size::l);
        page::paragraph(page, msg::check_intro(language));
        const auto shown_pages = check.form->visible_pages(answers);
        page::form(page, visit, visit.url({"services", check.package->code.value, "check"}),
                   [&](Writer& p) {
                     for (const forms::Page* one : shown_pages) {
                       page::hidden(p, "_page", one->id);
                       if (!asks_one_thing(*one)) page::heading(p, 2, one->title.in(language));
                       write_fields(p, visit, one->fields, {.inputs = inputs, .problems = problems},
                                    false);
                     }
                     page::button(p, msg::check_button(language));
                   });
      },
      problems.empty() ? 200 : 422);
}

void carry(Writer& page, std::span<const forms::Input> inputs) {
  for (const auto& [name, value] : inputs)
    if (!name.starts_with('_')) page::hidden(page, name, value);
}

void result_eligible(Writer& page, const Visit& visit, const Check& check,
                     std::span<const forms::Input> inputs) {
  const Language language = visit.language;
  page::heading(page, 1, msg::check_yes_title(language), Size::l);
  page::paragraph(page, msg::check_yes_text(language));
  page::form(page, visit, visit.url({"services", check.package->code.value, "apply"}),
             [&](Writer& p) {
               carry(p, inputs);
               page::button(p, msg::check_apply(language));
             });
  if (!visit.signed_in()) page::hint(page, msg::check_sign_in_next(language));
}

void result_not_eligible(Writer& page, const Visit& visit, const Check& check,
                         const casework::Eligibility& result) {
  const Language language = visit.language;
  page::heading(page, 1, msg::check_no_title(language), Size::l);
  page::paragraph(page, msg::check_no_text(language));
  page << "<ul class=\"govuk-list govuk-list--bullet\">";
  for (const std::string& reason : result.reasons)
    page << "<li>" << check.package->text("eligibility." + reason, language) << "</li>";
  page << "</ul>";
  if (result.why && !result.why->rules.empty())
    page::details(page, msg::why_title(language), [&](Writer& p) {
      for (const auto& rule : result.why->rules)
        page::reason(p, language, rule, msg::why_yours(language));
    });
  page::paragraph(page, msg::check_no_next(language));
  page::link_button(page, msg::check_again(language),
                    visit.url({"services", check.package->code.value, "check"}));
}

net::Response show_result(const Visit& visit, const Check& check,
                          const casework::Eligibility& found, const JsonObject& answers,
                          std::span<const forms::Input> inputs) {
  const Language language = visit.language;
  return html_page(visit, check_frame(visit, *check.package), [&](Writer& page) {
    if (found.eligible) result_eligible(page, visit, check, inputs);
    else result_not_eligible(page, visit, check, found);
    page::heading(page, 2, msg::check_your_answers(language));
    page::summary_list(page, [&](Writer& rows) {
      for (const forms::SummaryRow& row : check.form->summary(answers))
        page::summary_row(rows, row.title.in(language), answer_text(language, row, {}));
    });
  });
}

Result<net::Response> show_check(const Parts& parts, Visit& visit) {
  MINBEN_TRY(check, asked_check(parts, visit));
  return ask(visit, check, {}, {}, {});
}

/// Answers of all pages that were asked; what depends on them may ask for more.
struct Answered {
  JsonObject answers;
  forms::Problems problems;
};

Answered read_answers(const forms::Form& form, std::span<const forms::Input> inputs) {
  Answered answered;
  for (const forms::Page& one : form.pages()) {
    auto decoded = form.decode(one, inputs);
    answered.answers = form.merge(answered.answers, one, decoded.answers);
    answered.problems.insert(answered.problems.end(), decoded.problems.begin(),
                             decoded.problems.end());
  }
  return answered;
}

/// Questions that appear only because of these answers were not asked yet: no problem, just ask.
bool asks_for_more(const forms::Form& form, const JsonObject& answers, const net::Form& sent) {
  const auto asked = sent.all("_page");
  const auto visible = form.visible_pages(answers);
  return std::any_of(visible.begin(), visible.end(), [&](const forms::Page* one) {
    return std::find(asked.begin(), asked.end(), one->id) == asked.end();
  });
}

Result<net::Response> check_eligibility(const Parts& parts, Visit& visit) {
  MINBEN_TRY(check, asked_check(parts, visit));
  const auto& inputs = visit.request.form.fields();
  auto answered = read_answers(*check.form, inputs);
  MINBEN_TRY(found, parts.casework.check_eligibility(check.package->code, answered.answers));
  const bool more = asks_for_more(*check.form, answered.answers, visit.request.form);
  if (more && answered.problems.empty()) return ask(visit, check, answered.answers, inputs, {});
  auto problems = answered.problems;
  for (const forms::Problem& problem : found.problems) {
    const bool known = std::any_of(problems.begin(), problems.end(), [&](const forms::Problem& p) {
      return p.pointer == problem.pointer;
    });
    if (!known) problems.push_back(problem);
  }
  if (!problems.empty()) return ask(visit, check, answered.answers, inputs, problems);
  return show_result(visit, check, found, answered.answers, inputs);
}

}  // namespace

void add_eligibility(Pages& pages) {
  pages.get("/services/{service}/check", page::access::anyone, show_check);
  pages.post("/services/{service}/check", page::access::anyone, check_eligibility);
}

}  // namespace minben::citizen
