// One case: where it stands, who holds it until when, and what one can do.
#include "case_view.hpp"
#include "page/reasons.hpp"
#include "questions.hpp"

namespace minben::citizen {

using casework::CaseView;
using casework::State;
using casework::TimelineStep;

Result<MyCase> open_case(const Parts& parts, const Visit& visit) {
  MINBEN_TRY(id, visit.id<CaseId>("case"));
  MINBEN_TRY(view, parts.casework.my_case(applicant(visit), id));
  MINBEN_TRY(package, parts.casework.packages().by_digest(view.package_digest));
  return MyCase{std::move(view), std::move(package)};
}

Url case_url(const Visit& visit, CaseId id, std::initializer_list<std::string_view> more) {
  return visit.url({"cases", to_string(id)}).below(more);
}

Frame case_frame(const Visit& visit, const MyCase& mine, std::string_view title) {
  const Language language = visit.language;
  Frame made = frame(visit, title, Section::cases);
  made.trail = {{std::string(msg::nav_cases(language)), visit.url({"cases"})},
                {mine.package->title.in(language), case_url(visit, mine.view.summary.id)},
                {std::string(title), case_url(visit, mine.view.summary.id)}};
  return made;
}

namespace {

page::StepTime step_time(Language language, const TimelineStep& step) {
  if (step.finished)
    return {msg::step_finished(language, *step.finished), to_string(*step.finished)};
  if (step.perhaps) return {std::string(msg::step_perhaps(language))};
  if (!step.started) return {};
  return {step.due ? msg::step_running_until(language, *step.due, *step.started)
                   : msg::step_running(language, *step.started),
          to_string(*step.started)};
}

}  // namespace

void steps_list(Writer& page, const Visit& visit, const MyCase& mine) {
  page::steps(page, visit, *mine.package, mine.view.timeline, step_time);
}

namespace {

/// What the applicant should do now; nothing when the case is with an agency.
void to_do(Writer& page, const Visit& visit, const CaseView& view) {
  const Language language = visit.language;
  const CaseId id = view.summary.id;
  struct Item {
    std::string text;
    Url url;
  };
  std::vector<Item> items;
  if (view.supplement)
    items.push_back({msg::todo_supplement(language, view.supplement->due),
                     case_url(visit, id, {"supplement"})});
  if (!view.consents_wanted.empty())
    items.push_back({std::string(msg::todo_consent(language)), case_url(visit, id, {"consents"})});
  if (view.summary.state == State::awaiting_payment && !view.fee.paid)
    items.push_back({msg::todo_pay(language, money(language, view.fee.amount_twd)),
                     case_url(visit, id, {"pay"})});
  if (items.empty()) return;
  page::notification_banner(page, language, page::Notice::info, [&](Writer& p) {
    p << "<p class=\"govuk-notification-banner__heading\">" << msg::todo_title(language)
      << "</p><ul class=\"govuk-list\">";
    for (const Item& item : items)
      p << "<li><a class=\"govuk-notification-banner__link\" href=\"" << item.url << "\">"
        << item.text << "</a></li>";
    p << "</ul>";
  });
}

/// What it means for the applicant when nobody decides in time.
void silence(Writer& page, Language language, const casework::Package& package) {
  using Breach = casework::Deadline::Breach;
  const casework::Deadline& deadline = package.deadline;
  if (deadline.on_breach == Breach::approved)
    page << "<br>" << msg::silence_approves(language, deadline.law.in(language));
  if (deadline.on_breach == Breach::refused) page << "<br>" << msg::silence_refuses(language);
}

void clock_row(Writer& list, Language language, const casework::Package& package,
               const casework::ClockView& clock) {
  page::summary_row(list, msg::statutory(language), [&](Writer& p) {
    p << msg::clock_used(language, clock.allowed, clock.used);
    if (clock.overdue) p << "<br><strong>" << msg::clock_overdue(language) << "</strong>";
    else if (clock.stopped) p << "<br>" << msg::clock_stopped(language);
    else if (clock.due) {
      p << "<br>" << msg::clock_due(language, *clock.due);
      silence(p, language, package);
    }
  });
}

void standing(Writer& page, const Visit& visit, const MyCase& mine) {
  const Language language = visit.language;
  const CaseView& view = mine.view;
  page::summary_list(page, [&](Writer& list) {
    page::summary_row(list, msg::case_state(language),
                      [&](Writer& p) { state_tag(p, language, view.summary.state); });
    if (!casework::is_final(view.summary.state)) {
      page::summary_row(list, msg::case_holder(language),
                        view.summary.held_by.empty() ? std::string(msg::case_holder_you(language))
                                                     : visit.agencies(view.summary.held_by));
      clock_row(list, language, *mine.package, view.clock);
    }
    if (view.ministry)
      page::summary_row(list, msg::check_ministry(language), visit.agency(*view.ministry));
    page::summary_row(list, msg::case_submitted(language),
                      long_time(view.summary.submitted, language));
  });
}

/// The rules that speak for a ground; an officer may see one that no rule knows of.
void ground_reasons(Writer& page, Language language, std::string_view ground,
                    std::span<const casework::Explanation> why) {
  bool by_rule = false;
  for (const casework::Explanation& one : why) {
    if (one.about != casework::Explanation::About::grounds) continue;
    for (const auto& rule : one.rules) {
      if (rule.code != ground) continue;
      by_rule = true;
      page::reason(page, language, rule, msg::why_yours(language));
    }
  }
  if (!by_rule) page::hint(page, msg::why_judged(language));
}

void decision(Writer& page, const Visit& visit, const MyCase& mine,
              std::span<const casework::Explanation> why) {
  if (!mine.view.decision) return;
  const Language language = visit.language;
  const casework::DecisionView& made = *mine.view.decision;
  page::heading(page, 2, made.approved ? msg::decision_yes(language) : msg::decision_no(language));
  if (!made.deemed)
    page::paragraph(page, msg::decision_by(language, visit.agency(made.agency), made.decided));
  else if (made.approved)
    page::paragraph(page, msg::decision_deemed_yes(language, made.decided,
                                                   mine.package->deadline.law.in(language)));
  else page::paragraph(page, msg::decision_deemed_no(language, made.decided));
  if (!made.grounds.empty()) {
    page::heading(page, 3, msg::decision_grounds(language), Size::s);
    page << "<ul class=\"govuk-list govuk-list--bullet\">";
    for (const std::string& code : made.grounds) {
      page << "<li>" << mine.package->text("refusal." + code, language);
      if (const casework::RefusalGround* ground = mine.package->ground(code))
        page << "<br><span class=\"govuk-hint\">" << ground->law.in(language) << "</span>";
      ground_reasons(page, language, code, why);
      page << "</li>";
    }
    page << "</ul>";
  }
  if (!made.text.empty())
    page::inset_text(page, [&](Writer& p) {
      p << "<p class=\"govuk-body\">";
      p.lines(made.text);
      p << "</p>";
    });
  if (made.appeal_until) page::paragraph(page, msg::decision_appeal(language, *made.appeal_until));
}

void issued_documents(Writer& page, const Visit& visit, const MyCase& mine,
                      std::span<const documents::Document> files) {
  const Language language = visit.language;
  const auto is_issued = [](const auto& document) { return document.field.empty(); };
  const auto& all = mine.view.documents;
  if (std::none_of(all.begin(), all.end(), is_issued)) return;
  page::heading(page, 2, msg::documents_issued(language));
  page << "<ul class=\"govuk-list\">";
  for (const casework::CaseDocument& document : all) {
    if (!is_issued(document)) continue;
    const auto known = std::find_if(files.begin(), files.end(), [&](const auto& file) {
      return to_string(file.id) == document.id;
    });
    page << "<li>";
    page::link(
        page,
        known == files.end() ? std::string_view(document.kind) : std::string_view(known->file_name),
        case_url(visit, mine.view.summary.id, {"documents", document.id}));
    if (document.valid_until) page << " · " << msg::document_valid(language, *document.valid_until);
    page << "</li>";
  }
  page << "</ul>";
}

void history(Writer& page, const Visit& visit, const MyCase& mine) {
  const page::HistoryWords words{.event =
                                     [](Language language, std::string_view code) {
                                       return msg::find_in_citizen(language,
                                                                   "history_" + std::string(code));
                                     },
                                 .applicant = msg::by_you(visit.language)};
  page::details(page, msg::case_history(visit.language), [&](Writer& p) {
    page::history(p, visit, *mine.package, mine.view.history, words);
  });
}

void side_links(Writer& page, const Visit& visit, const MyCase& mine) {
  const Language language = visit.language;
  const CaseId id = mine.view.summary.id;
  page << "<nav class=\"mb-side\" aria-label=\"" << msg::case_more(language)
       << "\"><h2 class=\"govuk-heading-s\">" << msg::case_more(language)
       << "</h2><ul class=\"govuk-list\">";
  const auto item = [&](std::string_view text, const Url& url) {
    page << "<li>";
    page::link(page, text, url);
    page << "</li>";
  };
  std::string messages(msg::messages_title(language));
  if (mine.view.summary.unread_messages > 0)
    messages += " (" + std::to_string(mine.view.summary.unread_messages) + ")";
  item(messages, case_url(visit, id, {"messages"}));
  item(msg::answers_title(language), case_url(visit, id, {"answers"}));
  item(msg::process_title(language), case_url(visit, id, {"process"}));
  item(msg::why_title(language), case_url(visit, id, {"why"}));
  item(msg::case_usage(language), visit.url({"usage"}).with("case", to_string(id)));
  item(msg::case_consents(language), case_url(visit, id, {"consents"}));
  if (!mine.view.fee.payment_id.empty())
    item(msg::pay_title(language), case_url(visit, id, {"pay"}));
  if (!casework::is_final(mine.view.summary.state))
    item(msg::withdraw_title(language), case_url(visit, id, {"withdraw"}));
  page << "</ul></nav>";
}

Result<net::Response> show_case(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(mine, open_case(parts, visit));
  MINBEN_TRY(files, parts.transact([&](store::Transaction& tx) {
    return parts.documents.of_case(tx, visit.principal(), mine.view.summary.id);
  }));
  std::vector<casework::Explanation> why;
  if (mine.view.decision && !mine.view.decision->approved) {
    MINBEN_TRY(kept, parts.casework.why(applicant(visit), mine.view.summary.id));
    why = std::move(kept);
  }
  const std::string& title = mine.package->title.in(language);
  Frame made = frame(visit, title, Section::cases);
  made.wide = true;
  made.trail = {{std::string(msg::nav_cases(language)), visit.url({"cases"})},
                {title, case_url(visit, mine.view.summary.id)}};
  return html_page(visit, made, [&](Writer& page) {
    page << "<div data-island=\"live\" data-stream=\""
         << case_url(visit, mine.view.summary.id, {"events"})
         << "\"><div id=\"case-now\" data-live>";
    to_do(page, visit, mine.view);
    page << "<h1 class=\"govuk-heading-l\">" << title
         << "<span class=\"govuk-caption-l mb-tabular\">" << msg::case_number(language) << " "
         << mine.view.summary.number << "</span></h1>";
    page << "</div><div class=\"mb-two\"><div id=\"case-standing\" data-live>";
    standing(page, visit, mine);
    decision(page, visit, mine, why);
    issued_documents(page, visit, mine, files);
    page::heading(page, 2, msg::case_timeline(language));
    steps_list(page, visit, mine);
    history(page, visit, mine);
    page << "</div>";
    side_links(page, visit, mine);
    page << "</div><p class=\"mb-live mb-only-script\" role=\"status\" data-changed=\""
         << msg::live_changed(language) << "\">" << msg::live_note(language) << "</p></div>";
  });
}

Result<net::Response> stream_case(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<CaseId>("case"));
  return net::Response::event_stream([&parts, id](std::shared_ptr<net::EventStream> stream) {
    parts.streams.add(to_string(id), std::move(stream));
  });
}

Result<net::Response> show_answers(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(mine, open_case(parts, visit));
  const forms::Form& form = *mine.package->application_form;
  MINBEN_TRY(files, file_names(parts, visit.principal(), form, mine.view.answers));
  const auto rows = form.summary(mine.view.answers);
  Frame made = case_frame(visit, mine, msg::answers_title(language));
  return html_page(visit, made, [&](Writer& page) {
    page::heading(page, 1, msg::answers_title(language), Size::l);
    for (const forms::Page* one : form.visible_pages(mine.view.answers)) {
      page::heading(page, 2, one->title.in(language));
      page::summary_list(page, [&](Writer& list) {
        for (const forms::SummaryRow& row : rows)
          if (row.page == one->id)
            page::summary_row(list, row.title.in(language), answer_text(language, row, files));
      });
    }
    page << "<button type=\"button\" class=\"govuk-button govuk-button--secondary mb-only-script\" "
            "data-island=\"print\">"
         << msg::print_page(language) << "</button>";
  });
}

Result<net::Response> download_document(const Parts& parts, Visit& visit) {
  MINBEN_TRY(mine, open_case(parts, visit));
  const std::string_view wanted = visit.request.parameter("document");
  MINBEN_TRY(id, visit.id<documents::DocumentId>("document"));
  MINBEN_TRY(content,
             parts.casework.document_content(applicant(visit), mine.view.summary.id, wanted));
  MINBEN_TRY(document, parts.transact([&](store::Transaction& tx) {
    return parts.documents.find(tx, visit.principal(), id);
  }));
  return page::download(std::move(content), documents::media_type(document.type),
                        document.file_name);
}

Result<net::Response> withdraw_page(const Visit& visit, const MyCase& mine, std::string_view reason,
                                    std::string_view error) {
  const Language language = visit.language;
  Frame made = case_frame(visit, mine, msg::withdraw_title(language));
  if (!error.empty()) made.errors.push_back({"reason", std::string(error)});
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, msg::withdraw_title(language), Size::l);
        page::paragraph(page, msg::withdraw_text(language));
        if (mine.view.fee.paid) page::warning_text(page, language, msg::withdraw_fee(language));
        page::form(
            page, visit, case_url(visit, mine.view.summary.id, {"withdraw"}), [&](Writer& p) {
              page::textarea(p, language,
                             {.name = "reason",
                              .label = std::string(msg::withdraw_reason(language)),
                              .hint = {},
                              .error = std::string(error)},
                             {.value = std::string(reason), .rows = 3, .max_characters = 500});
              page::button(p, {.text = std::string(msg::withdraw_button(language)),
                               .style = page::ButtonStyle::warning});
            });
      },
      error.empty() ? 200 : 422);
}

Result<net::Response> ask_withdraw(const Parts& parts, Visit& visit) {
  MINBEN_TRY(mine, open_case(parts, visit));
  return withdraw_page(visit, mine, {}, {});
}

Result<net::Response> withdraw(const Parts& parts, Visit& visit) {
  MINBEN_TRY(mine, open_case(parts, visit));
  const std::string_view reason = trim(visit.request.form.get("reason"));
  if (length_in_characters(reason) > 500)
    return withdraw_page(visit, mine, reason, msg::text_too_long(visit.language, 500));
  MINBEN_CHECK(parts.casework.withdraw(applicant(visit), mine.view.summary.id, reason));
  return page::redirect_with(visit, case_url(visit, mine.view.summary.id), page::Notice::success,
                             msg::withdrawn(visit.language));
}

}  // namespace

void add_case(Pages& pages) {
  using page::access::applicant_of_case;
  pages.get("/cases/{case}", applicant_of_case, show_case);
  pages.get("/cases/{case}/events", applicant_of_case, stream_case);
  pages.get("/cases/{case}/answers", applicant_of_case, show_answers);
  pages.get("/cases/{case}/documents/{document}", applicant_of_case, download_document);
  pages.get("/cases/{case}/withdraw", applicant_of_case, ask_withdraw);
  pages.post("/cases/{case}/withdraw", applicant_of_case, withdraw);
}

}  // namespace minben::citizen
