// A person questions a use of their data: asking, following what comes of it, adding, closing.
#include "messages/use_questions.hpp"
#include "mydata/questions.hpp"
#include "parts.hpp"

namespace minben::citizen {

namespace {

using mydata::Question;
using mydata::QuestionId;
using mydata::QuestionLine;
using mydata::QuestionState;
using mydata::QuestionStep;
using mydata::Usage;
using mydata::UsageId;

Url question_url(const Visit& visit, QuestionId id,
                 std::initializer_list<std::string_view> more = {}) {
  return visit.url({"questions", to_string(id)}).below(more);
}

Frame question_frame(const Visit& visit, std::string_view title) {
  const Language language = visit.language;
  Frame made = frame(visit, title, Section::usage);
  made.trail = {{std::string(msg::nav_usage(language)), visit.url({"usage"})},
                {std::string(msg::question_nav(language)), visit.url({"questions"})},
                {std::string(title), visit.url({})}};
  return made;
}

void state_tag(Writer& page, const Visit& visit, const QuestionLine& line) {
  const Language language = visit.language;
  if (line.overdue(visit.site.now()))
    return page::tag(page, msg::question_overdue(language), Tone::bad);
  switch (line.state) {
    case QuestionState::open:
      return page::tag(page, msg::question_state_open(language), Tone::waiting);
    case QuestionState::answered:
      return page::tag(page, msg::question_state_answered(language), Tone::good);
    case QuestionState::closed:
      return page::tag(page, msg::question_state_closed(language), Tone::neutral);
  }
}

std::string_view outcome_text(Language language, mydata::Outcome outcome) {
  return msg::find_in_use_questions(language,
                                    fmt::format("question_outcome_{}", mydata::to_string(outcome)))
      .value_or("");
}

/// Whether the words themselves were at fault: then the form is shown again.
bool about_words(const Error& error) {
  return error.code == "question_empty" || error.code == "question_too_long";
}

std::string words_fault(Language language, const Error& error) {
  if (error.code == "question_empty") return std::string(msg::question_missing_words(language));
  return msg::text_too_long(language, mydata::most_question_words);
}

// ------------------------------------------------------------------------------------------ asking

Result<Usage> questioned(const Parts& parts, const Visit& visit) {
  MINBEN_TRY(id, visit.id<UsageId>("usage"));
  return parts.transact(
      [&](store::Transaction& tx) { return parts.mydata.usage(tx, visit.principal(), id); });
}

void use_summary(Writer& page, const Visit& visit, const Usage& use) {
  const Language language = visit.language;
  page::summary_list(page, [&](Writer& list) {
    page::summary_row(list, msg::column_when(language), long_time(use.at, language));
    page::summary_row(list, msg::column_who(language), visit.agency(use.agency));
    page::summary_row(list, msg::column_how(language),
                      use.kind == mydata::UsageKind::fetched ? msg::usage_fetched(language)
                                                             : msg::usage_viewed(language));
    page::summary_row(list, msg::terms_purpose(language), use.purpose.in(language));
    page::summary_row(list, msg::terms_law(language), use.legal_basis.in(language));
  });
}

void words_input(Writer& page, Language language, std::string_view label, std::string_view hint,
                 std::string_view text, std::string_view error) {
  page::textarea(page, language,
                 {.name = "text",
                  .label = std::string(label),
                  .hint = std::string(hint),
                  .error = std::string(error)},
                 {.value = std::string(text),
                  .max_characters = static_cast<int>(mydata::most_question_words)});
}

net::Response ask_page(const Visit& visit, const Usage& use, std::string_view text,
                       const std::string& error) {
  const Language language = visit.language;
  Frame made = question_frame(visit, msg::question_title(language));
  if (!error.empty()) made.errors.push_back({"text", error});
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, msg::question_title(language), Size::l);
        use_summary(page, visit, use);
        page::paragraph(page, msg::question_text(language, visit.agency(use.agency)));
        page::form(page, visit, visit.url({"usage", to_string(use.id), "question"}),
                   [&](Writer& p) {
                     words_input(p, language, msg::question_words(language),
                                 msg::question_words_hint(language), text, error);
                     page::button(p, msg::question_send(language));
                   });
      },
      error.empty() ? 200 : 422);
}

Result<net::Response> show_ask(const Parts& parts, Visit& visit) {
  MINBEN_TRY(use, questioned(parts, visit));
  return ask_page(visit, use, {}, {});
}

Result<net::Response> ask(const Parts& parts, Visit& visit) {
  MINBEN_TRY(use, questioned(parts, visit));
  const std::string_view text = visit.request.form.get("text");
  const auto asked = parts.questions->ask(visit.principal(), use.id, text, visit.session().act());
  if (!asked && about_words(asked.error()))
    return ask_page(visit, use, text, words_fault(visit.language, asked.error()));
  if (!asked) return std::unexpected(asked.error());
  MINBEN_TRY(question, parts.questions->find(visit.principal(), *asked));
  return page::redirect_with(
      visit, question_url(visit, *asked), page::Notice::success,
      msg::question_sent(visit.language, question.number, question.last_day()));
}

// -------------------------------------------------------------------------------------------- list

Result<net::Response> show_questions(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(lines, parts.questions->questions_of(visit.principal()));
  Frame made = frame(visit, msg::question_nav(language), Section::usage);
  made.trail = {{std::string(msg::nav_usage(language)), visit.url({"usage"})},
                {std::string(msg::question_nav(language)), visit.url({"questions"})}};
  return html_page(visit, made, [&](Writer& page) {
    page::heading(page, 1, msg::question_nav(language), Size::l);
    page::paragraph(page, msg::question_list_text(language));
    if (lines.empty()) return page::paragraph(page, msg::question_list_none(language));
    const page::Column columns[] = {{std::string(msg::question_column_number(language))},
                                    {std::string(msg::question_column_agency(language))},
                                    {std::string(msg::question_column_state(language))},
                                    {std::string(msg::question_column_due(language))}};
    page::table(page, msg::question_nav(language), columns,
                [&](Writer& rows) {
                  for (const QuestionLine& line : lines)
                    page::stacked_row(rows, columns, [&](page::Cells& cells) {
                      cells.head([&](Writer& p) {
                        page::link(p, line.number, question_url(visit, line.id));
                      });
                      cells.add(visit.agency(line.agency));
                      cells.add([&](Writer& p) { state_tag(p, visit, line); });
                      cells.add(long_date(line.last_day(), language));
                    });
                },
                {.caption_hidden = true, .stacks = true});
  });
}

// --------------------------------------------------------------------------------------------- one

std::string step_text(Language language, const mydata::QuestionEvent& event) {
  if (event.step == QuestionStep::extended)
    return msg::question_step_extended(language, taiwan_date(event.due_at - seconds(1)));
  return std::string(msg::find_in_use_questions(
                         language, fmt::format("question_step_{}", mydata::to_string(event.step)))
                         .value_or(""));
}

void one_step(Writer& page, const Visit& visit, const Question& question,
              const mydata::QuestionEvent& event, ledger::Position witnessed) {
  const Language language = visit.language;
  if (event.outcome != mydata::Outcome::none && event.step == QuestionStep::answered)
    page << "<p class=\"govuk-body\"><strong>" << outcome_text(language, event.outcome)
         << "</strong></p>";
  if (!event.words.empty()) {
    page << "<p class=\"govuk-body\">";
    page.lines(event.words);
    page << "</p>";
  }
  if (!event.position) {
    page << msg::usage_receipt_soon(language);
    return;
  }
  page::link(page,
             msg::usage_receipt_link(language, static_cast<std::int64_t>(event.position->index)),
             question_url(visit, question.id, {"steps", std::to_string(event.sequence)}));
  unwitnessed_tag(page, language, *event.position, witnessed);
}

void history(Writer& page, const Parts& parts, const Visit& visit, const Question& question) {
  const Language language = visit.language;
  const ledger::Position witnessed = witnessed_entries(parts);
  page::heading(page, 2, msg::question_history(language));
  page::timeline(page, [&](Writer& list) {
    for (const mydata::QuestionEvent& event : question.history)
      page::timeline_item(list,
                          {.title = step_text(language, event),
                           .time = long_time(event.at, language),
                           .machine_time = to_string(event.at)},
                          [&](Writer& p) { one_step(p, visit, question, event, witnessed); });
  });
}

void what_next(Writer& page, const Visit& visit, const Question& question, std::string_view text,
               std::string_view error) {
  const Language language = visit.language;
  if (question.state == QuestionState::closed) return;
  if (!question.added) {
    page::heading(page, 2, msg::question_add(language));
    page::form(page, visit, question_url(visit, question.id, {"message"}), [&](Writer& p) {
      words_input(p, language, msg::question_add(language), msg::question_add_after(language), text,
                  error);
      page::button(p, {.text = std::string(msg::question_add_send(language)),
                       .style = page::ButtonStyle::secondary});
    });
  }
  page::form(page, visit, question_url(visit, question.id, {"close"}), [&](Writer& p) {
    page::button(p, {.text = std::string(msg::question_close(language)),
                     .style = page::ButtonStyle::secondary});
  });
}

net::Response question_page(const Parts& parts, const Visit& visit, const Question& question,
                            std::string_view text, const std::string& error) {
  const Language language = visit.language;
  const std::string title = msg::question_one(language, question.number);
  Frame made = question_frame(visit, title);
  if (!error.empty()) made.errors.push_back({"text", error});
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, title, Size::l);
        state_tag(page, visit, question);
        if (question.overdue(visit.site.now()))
          page::warning_text(page, language, msg::question_overdue_text(language));
        page::summary_list(page, [&](Writer& list) {
          if (question.state == QuestionState::open)
            page::summary_row(list, msg::question_column_due(language),
                              long_date(question.last_day(), language));
          if (question.outcome != mydata::Outcome::none)
            page::summary_row(list, msg::question_outcome(language),
                              outcome_text(language, question.outcome));
        });
        history(page, parts, visit, question);
        page::heading(page, 2, msg::question_use(language));
        use_summary(page, visit, question.use);
        what_next(page, visit, question, text, error);
      },
      error.empty() ? 200 : 422);
}

Result<net::Response> show_question(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<QuestionId>("question"));
  MINBEN_TRY(question, parts.questions->find(visit.principal(), id));
  return question_page(parts, visit, question, {}, {});
}

Result<net::Response> add_words(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<QuestionId>("question"));
  const std::string_view text = visit.request.form.get("text");
  const auto added = parts.questions->add(visit.principal(), id, text, visit.session().act());
  if (!added && about_words(added.error())) {
    MINBEN_TRY(question, parts.questions->find(visit.principal(), id));
    return question_page(parts, visit, question, text, words_fault(visit.language, added.error()));
  }
  if (!added) return std::unexpected(added.error());
  return page::redirect_with(visit, question_url(visit, id), page::Notice::success,
                             msg::question_added(visit.language));
}

Result<net::Response> close(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<QuestionId>("question"));
  MINBEN_CHECK(parts.questions->close(visit.principal(), id, visit.session().act()));
  return page::redirect_with(visit, question_url(visit, id), page::Notice::success,
                             msg::question_closed(visit.language));
}

Result<net::Response> send_receipt(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<QuestionId>("question"));
  const auto sequence = parse_integer(visit.request.parameter("sequence"), 1, 1'000'000);
  if (!sequence) return fail(Kind::not_found, "no_such_page");
  MINBEN_TRY(receipt, parts.questions->receipt(visit.principal(), id, static_cast<int>(*sequence)));
  return page::download(std::move(receipt), "application/octet-stream",
                        fmt::format("question-{}-{}.receipt", to_string(id), *sequence));
}

}  // namespace

void add_use_questions(Pages& pages) {
  using page::access::for_data;
  pages.get("/usage/{usage}/question", for_data, show_ask);
  pages.post("/usage/{usage}/question", for_data, ask);
  pages.get("/questions", for_data, show_questions);
  pages.get("/questions/{question}", for_data, show_question);
  pages.post("/questions/{question}/message", for_data, add_words);
  pages.post("/questions/{question}/close", for_data, close);
  pages.get("/questions/{question}/steps/{sequence}", for_data, send_receipt);
}

}  // namespace minben::citizen
