// Check your answers, declare, submit; and the page that confirms it.
#include "page/reasons.hpp"
#include "questions.hpp"

namespace minben::citizen {

namespace {

using casework::Draft;
using casework::DraftId;
using casework::Preview;
using Files = std::map<std::string, std::string, std::less<>>;

Url draft_page(const Visit& visit, const Draft& draft, std::string_view page) {
  return visit.url({"drafts", to_string(draft.id), "pages", page}).with("from", "check");
}

void answers_of_page(Writer& page, const Visit& visit, const Draft& draft, const forms::Page& asked,
                     std::span<const forms::SummaryRow> rows, const Files& files) {
  const Language language = visit.language;
  page::heading(page, 2, asked.title.in(language));
  page::summary_list(page, [&](Writer& list) {
    for (const forms::SummaryRow& row : rows) {
      if (row.page != asked.id) continue;
      const page::Action change[] = {{std::string(msg::change(language)), row.title.in(language),
                                      draft_page(visit, draft, asked.id)}};
      page::summary_row(list, row.title.in(language), answer_text(language, row, files), change);
    }
  });
}

void what_follows(Writer& page, const Visit& visit, const Preview& preview) {
  const Language language = visit.language;
  page::heading(page, 2, msg::check_follows(language));
  page::summary_list(page, [&](Writer& list) {
    page::summary_row(list, msg::check_fee(language),
                      preview.fee_twd > 0 ? std::string_view(money(language, preview.fee_twd))
                                          : msg::no_fee(language));
    if (preview.ministry)
      page::summary_row(list, msg::check_ministry(language), visit.agency(*preview.ministry));
    page::summary_row(list, msg::fact_days(language),
                      msg::working_days(language, preview.statutory_working_days));
    if (preview.expected_by)
      page::summary_row(list, msg::check_expected(language),
                        long_date(*preview.expected_by, language));
  });
  page::details(page, msg::why_fee_and_ministry(language), [&](Writer& p) {
    for (const casework::Explanation& why : preview.why)
      page::reasons(p, language, why, msg::why_yours(language));
  });
}

void declaration(Writer& page, const Visit& visit, const casework::Package& package,
                 const Draft& draft, std::string_view token, bool missing) {
  const Language language = visit.language;
  page::heading(page, 2, msg::declaration(language));
  page::form(page, visit, visit.url({"drafts", to_string(draft.id), "submit"}), [&](Writer& p) {
    page::hidden(p, "_version", std::to_string(draft.version));
    page::hidden(p, "_token", token);
    page::checkbox(
        p,
        {.name = "declared",
         .label = std::string(package.text("apply.declaration", language)),
         .hint = {},
         .error = missing ? std::string(msg::declaration_missing(language)) : std::string()},
        false);
    page::button(p, msg::submit_button(language));
  });
}

struct Checked {
  Draft draft;
  casework::PackagePtr package;
  Preview preview;
  Files files;
};

Result<Checked> load(const Parts& parts, const Visit& visit) {
  MINBEN_TRY(id, visit.id<DraftId>("draft"));
  MINBEN_TRY(draft, parts.casework.draft(applicant(visit), id));
  MINBEN_TRY(package, parts.package(draft.service));
  MINBEN_TRY(preview, parts.casework.check_answers(applicant(visit), id));
  MINBEN_TRY(files,
             file_names(parts, visit.principal(), *package->application_form, draft.answers));
  return Checked{std::move(draft), std::move(package), std::move(preview), std::move(files)};
}

/// Problems of the whole form lead to the page where the answer can be changed.
void remaining_problems(Writer& page, const Visit& visit, const Checked& checked) {
  const Language language = visit.language;
  const forms::Form& form = *checked.package->application_form;
  const forms::Page* next = form.first_incomplete(checked.draft.answers);
  page::inset_text(page, [&](Writer& p) {
    page::paragraph(p, msg::check_incomplete(language));
    p << "<ul class=\"govuk-list govuk-list--bullet\">";
    for (const forms::Problem& problem : checked.preview.problems)
      p << "<li>" << problem_text(language, form, problem) << "</li>";
    p << "</ul>";
    if (next != nullptr) {
      p << "<p class=\"govuk-body\">";
      page::link(p, msg::check_go_on(language), draft_page(visit, checked.draft, next->id));
      p << "</p>";
    }
  });
}

void refusal_reasons(Writer& page, Language language, const Checked& checked) {
  page::warning_text(page, language, msg::check_not_eligible(language));
  page << "<ul class=\"govuk-list govuk-list--bullet\">";
  for (const std::string& reason : checked.preview.eligibility_reasons)
    page << "<li>" << checked.package->text("eligibility." + reason, language) << "</li>";
  page << "</ul>";
}

net::Response show(const Visit& visit, const Checked& checked, std::string_view token,
                   bool undeclared) {
  const Language language = visit.language;
  Frame made = frame(visit, msg::check_answers_title(language), Section::cases);
  made.back = page::Link{std::string(msg::back(language)),
                         visit.url({"drafts", to_string(checked.draft.id)})};
  if (undeclared)
    made.errors.push_back({"declared", std::string(msg::declaration_missing(language))});
  const forms::Form& form = *checked.package->application_form;
  const auto rows = form.summary(checked.draft.answers);
  return html_page(
      visit, made,
      [&](Writer& page) {
        page << "<p class=\"govuk-caption-l\">" << checked.package->title.in(language) << "</p>";
        page::heading(page, 1, msg::check_answers_title(language), Size::l);
        if (!checked.preview.problems.empty()) remaining_problems(page, visit, checked);
        for (const forms::Page* one : form.visible_pages(checked.draft.answers))
          answers_of_page(page, visit, checked.draft, *one, rows, checked.files);
        if (!checked.preview.problems.empty()) return;
        if (!checked.preview.eligibility_reasons.empty())
          return refusal_reasons(page, language, checked);
        what_follows(page, visit, checked.preview);
        declaration(page, visit, *checked.package, checked.draft, token, undeclared);
      },
      undeclared ? 422 : 200);
}

/// One token per intention: made when the page is shown, so that a form that is sent twice makes
/// one case. It says nothing and guards nothing.
std::string submit_token(const Draft& draft) {
  return to_string(draft.id) + "." + std::to_string(draft.version);
}

Result<net::Response> show_check(const Parts& parts, Visit& visit) {
  MINBEN_TRY(checked, load(parts, visit));
  return show(visit, checked, submit_token(checked.draft), false);
}

Result<net::Response> submit(const Parts& parts, Visit& visit) {
  const net::Form& form = visit.request.form;
  MINBEN_TRY(id, visit.id<DraftId>("draft"));
  const auto version = parse_integer(form.get("_version"), 0, INT32_MAX);
  const bool declared = form.get("declared") == "yes";
  auto submitted = parts.casework.submit(
      applicant(visit), id, static_cast<int>(version.value_or(0)), form.get("_token"), declared);
  if (submitted) return page::redirect(visit.url({"cases", to_string(submitted->id), "submitted"}));
  const Error& error = submitted.error();
  if (error.code == "declaration_missing") {
    MINBEN_TRY(checked, load(parts, visit));
    return show(visit, checked, form.get("_token"), true);
  }
  if (error.code == "draft_changed" || error.code == "answers_incomplete" ||
      error.code == "not_eligible" || error.code == "case_open")
    return page::redirect_with(visit, visit.url({"drafts", to_string(id), "check"}),
                               page::Notice::info, page::error_text(visit.language, error.code));
  return std::unexpected(error);
}

/// Where the language switch leads when the declaration was missing.
Result<net::Response> back_to_check(const Parts&, Visit& visit) {
  return page::redirect(visit.url({"drafts", visit.request.parameter("draft"), "check"}));
}

void next_steps(Writer& page, const Visit& visit, const casework::CaseView& view) {
  const Language language = visit.language;
  const std::string id = to_string(view.summary.id);
  page::heading(page, 2, msg::done_next(language));
  page << "<ol class=\"govuk-list govuk-list--number\">";
  if (!view.consents_wanted.empty()) {
    page << "<li>";
    page::link(page, msg::done_consent(language), visit.url({"cases", id, "consents"}));
    page << "</li>";
  }
  if (!view.fee.payment_id.empty() && !view.fee.paid) {
    page << "<li>";
    page::link(page, msg::done_pay(language, money(language, view.fee.amount_twd)),
               visit.url({"cases", id, "pay"}));
    page << "</li>";
  }
  page << "<li>" << msg::done_follow(language) << "</li></ol>";
  page::link_button(page, msg::done_to_case(language), visit.url({"cases", id}));
}

Result<net::Response> show_submitted(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(id, visit.id<CaseId>("case"));
  MINBEN_TRY(view, parts.casework.my_case(applicant(visit), id));
  MINBEN_TRY(package, parts.casework.packages().by_digest(view.package_digest));
  Frame made = frame(visit, msg::done_title(language), Section::cases);
  return html_page(visit, made, [&](Writer& page) {
    page::panel(page, msg::done_title(language), [&](Writer& p) {
      p << msg::done_number(language) << "<strong class=\"mb-number\">" << view.summary.number
        << "</strong>";
    });
    page::paragraph(page, msg::done_mail(language));
    next_steps(page, visit, view);
    if (const auto text = optional_text(*package, "done.next", language)) {
      page::heading(page, 2, msg::done_later(language));
      page::paragraph(page, *text);
    }
  });
}

}  // namespace

void add_check_answers(Pages& pages) {
  pages.get("/drafts/{draft}/check", page::access::for_services, show_check);
  pages.get("/drafts/{draft}/submit", page::access::for_services, back_to_check);
  pages.post("/drafts/{draft}/submit", page::access::for_services, submit);
  pages.get("/cases/{case}/submitted", page::access::applicant_of_case, show_submitted);
}

}  // namespace minben::citizen
