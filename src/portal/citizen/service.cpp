// The start page of a service: what it is, for whom, what to bring, what it costs and how long it
// takes; and the door to applying.
#include "parts.hpp"
#include "tables.hpp"

namespace minben::citizen {

namespace {

Result<casework::PackagePtr> asked_package(const Parts& parts, const Visit& visit) {
  const auto code = ServiceCode::parse(visit.request.parameter("service"));
  if (!code) return fail(Kind::not_found, "no_such_page");
  return parts.package(*code);
}

void facts(Writer& page, const Visit& visit, const casework::Package& package) {
  const Language language = visit.language;
  const auto fact = [&](std::string_view term, std::string_view value) {
    page << "<div class=\"mb-fact\"><dt>" << term << "</dt><dd>" << value << "</dd></div>";
  };
  page << "<dl class=\"mb-facts\">";
  fact(msg::fact_days(language), msg::working_days(language, package.statutory_working_days));
  fact(msg::fact_owner(language), visit.agency(package.owner));
  fact(msg::fact_sign_in(language), package.assurance >= identity::Assurance::substantial
                                        ? msg::fact_passkey(language)
                                        : msg::fact_email(language));
  page << "</dl>";
}

/// File questions of the form, with groups and lists looked into.
void collect_files(const std::vector<forms::Field>& fields,
                   std::vector<const forms::Field*>& files) {
  for (const forms::Field& field : fields) {
    if (field.kind == forms::FieldKind::file) files.push_back(&field);
    collect_files(field.fields, files);
  }
}

void documents_needed(Writer& page, Language language, const casework::Package& package) {
  std::vector<const forms::Field*> files;
  for (const forms::Page& one : package.application_form->pages()) collect_files(one.fields, files);
  if (files.empty()) return;
  page::heading(page, 2, msg::start_documents(language));
  page << "<ul class=\"govuk-list govuk-list--bullet\">";
  for (const forms::Field* field : files) {
    page << "<li>" << field->title.in(language);
    if (!field->hint.in(language).empty())
      page << "<br><span class=\"govuk-hint\">" << field->hint.in(language) << "</span>";
    page << "</li>";
  }
  page << "</ul>";
}

void data_fetched(Writer& page, const Visit& visit, const casework::Package& package) {
  if (package.items.empty()) return;
  const Language language = visit.language;
  page::heading(page, 2, msg::start_data(language));
  page::paragraph(page, msg::start_data_text(language));
  page << "<ul class=\"govuk-list govuk-list--bullet\">";
  for (const casework::DataItem& item : package.items)
    page << "<li>"
         << msg::start_data_item(language, visit.agency(item.consumer), visit.agency(item.provider),
                                 item.title.in(language))
         << "</li>";
  page << "</ul>";
}

void fees(Writer& page, Language language, const casework::Package& package) {
  page::heading(page, 2, msg::start_fees(language));
  if (const auto text = optional_text(package, "start.fees", language))
    text_table(page, msg::start_fees(language), *text);
  page::paragraph(page, msg::start_fees_text(language));
}

void agencies_and_steps(Writer& page, const Visit& visit, const casework::Package& package) {
  const Language language = visit.language;
  page::heading(page, 2, msg::start_steps(language));
  page::paragraph(page, msg::start_steps_text(language));
  const page::Column columns[] = {{std::string(msg::column_step(language))},
                                  {std::string(msg::column_agency(language))},
                                  {std::string(msg::column_days(language)), true}};
  page::table(page, msg::start_steps(language), columns,
              [&](Writer& rows) {
                for (const casework::Step& step : package.steps)
                  page::row(rows, [&](Writer& cells) {
                    page::head_cell(cells, step.title.in(language));
                    page::cell(cells, step.agency ? std::string_view(visit.agency(*step.agency))
                                                  : msg::agency_by_field(language));
                    page::cell(cells, msg::working_days(language, step.working_days), true);
                  });
              },
              {.caption_hidden = true});
}

void start_buttons(Writer& page, const Visit& visit, const casework::Package& package) {
  const Language language = visit.language;
  const std::string& code = package.code.value;
  if (package.eligibility_form) {
    page::start_button(page, msg::start_check(language), visit.url({"services", code, "check"}));
    page << "<p class=\"govuk-body\">";
    page::link(page, msg::start_apply_directly(language), visit.url({"services", code, "apply"}));
    page << "</p>";
  } else {
    page::start_button(page, msg::start_apply(language), visit.url({"services", code, "apply"}));
  }
}

Result<net::Response> show_service(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(package, asked_package(parts, visit));
  Frame made = frame(visit, package->title.in(language), Section::services);
  made.trail = {{std::string(msg::home(language)), visit.url({})},
                {package->title.in(language), visit.url({"services", package->code.value})}};
  return html_page(visit, made, [&](Writer& page) {
    page::heading(page, 1, package->title.in(language), Size::xl);
    page << "<p class=\"govuk-body-l\">" << package->summary.in(language) << "</p>";
    facts(page, visit, *package);
    start_buttons(page, visit, *package);
    if (const auto who = optional_text(*package, "start.who", language)) {
      page::heading(page, 2, msg::start_who(language));
      text_list(page, *who);
    }
    documents_needed(page, language, *package);
    data_fetched(page, visit, *package);
    fees(page, language, *package);
    agencies_and_steps(page, visit, *package);
    page::heading(page, 2, msg::start_refusal(language));
    page::paragraph(page, msg::start_refusal_text(language, package->appeal_days));
  });
}

void open_drafts(Writer& page, const Visit& visit, std::span<const casework::DraftSummary> drafts) {
  const Language language = visit.language;
  page::heading(page, 2, msg::apply_drafts(language));
  page << "<ul class=\"govuk-list\">";
  for (const auto& draft : drafts) {
    page << "<li>";
    page::link(page, msg::apply_draft_saved(language, draft.saved),
               visit.url({"drafts", to_string(draft.id)}));
    page << "</li>";
  }
  page << "</ul>";
}

Result<net::Response> show_apply(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(package, asked_package(parts, visit));
  if (visit.session().assurance < package->assurance)
    return fail(Kind::unauthorised, "assurance_too_low");
  MINBEN_TRY(drafts, parts.casework.drafts(applicant(visit)));
  std::erase_if(drafts, [&](const auto& draft) { return draft.service != package->code; });
  Frame made =
      frame(visit, msg::apply_title(language, package->title.in(language)), Section::services);
  made.back =
      page::Link{std::string(msg::back(language)), visit.url({"services", package->code.value})};
  return html_page(visit, made, [&](Writer& page) {
    page::heading(page, 1, made.title, Size::l);
    if (!drafts.empty()) open_drafts(page, visit, drafts);
    if (const auto before = optional_text(*package, "apply.before", language))
      text_list(page, *before);
    page::paragraph(page, msg::apply_saved(language, package->draft_days));
    page::form(page, visit, visit.url({"services", package->code.value, "apply"}), [&](Writer& p) {
      page::button(p, drafts.empty() ? msg::apply_start(language) : msg::apply_start_new(language));
    });
  });
}

/// Answers of the eligibility check come along as they were typed there.
Result<JsonObject> carried_answers(const casework::Package& package, const net::Form& form) {
  JsonObject answers;
  if (!package.eligibility_form) return answers;
  const forms::Form& questions = *package.eligibility_form;
  for (const forms::Page& one : questions.pages()) {
    const auto decoded = questions.decode(one, form.fields());
    answers = questions.merge(answers, one, decoded.answers);
  }
  return answers;
}

Result<net::Response> start_application(const Parts& parts, Visit& visit) {
  MINBEN_TRY(package, asked_package(parts, visit));
  MINBEN_TRY(answers, carried_answers(*package, visit.request.form));
  MINBEN_TRY(draft, parts.casework.start_draft(applicant(visit), package->code, answers));
  return page::redirect(visit.url({"drafts", to_string(draft.id)}));
}

}  // namespace

void add_service(Pages& pages) {
  pages.get("/services/{service}", page::access::anyone, show_service);
  pages.get("/services/{service}/apply", page::access::for_services, show_apply);
  pages.post("/services/{service}/apply", page::access::for_services, start_application);
}

}  // namespace minben::citizen
