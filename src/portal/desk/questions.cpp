// The data protection officer's side: what people ask about uses of their data by this agency.
#include "messages/use_questions.hpp"
#include "mydata/questions.hpp"
#include "parts.hpp"

namespace minben::desk {

namespace {

using mydata::Outcome;
using mydata::Question;
using mydata::QuestionId;
using mydata::QuestionLine;
using mydata::QuestionState;
using mydata::QuestionStep;

std::string_view found_text(Language language, std::string_view key) {
  return msg::find_in_use_questions(language, key).value_or("");
}

std::string_view outcome_text(Language language, Outcome outcome) {
  return found_text(language, fmt::format("question_outcome_{}", mydata::to_string(outcome)));
}

void state_tags(Writer& page, const Visit& visit, const QuestionLine& line) {
  const Language language = visit.language;
  if (line.overdue(visit.site.now())) page::tag(page, msg::question_overdue(language), Tone::bad);
  else if (line.state == QuestionState::open)
    page::tag(page, msg::question_state_open(language), Tone::waiting);
  else if (line.state == QuestionState::answered)
    page::tag(page, msg::question_state_answered(language), Tone::good);
  else page::tag(page, msg::question_state_closed(language), Tone::neutral);
  if (!line.extended) return;
  page << " ";
  page::tag(page, msg::question_desk_extended(language), Tone::info);
}

// ------------------------------------------------------------------------------------------- queue

/// `ours`: numbers lead to the question. What other agencies owe is known by its number alone.
void lines_table(Writer& page, const Visit& visit, std::string_view caption,
                 std::span<const QuestionLine> lines, bool ours) {
  const Language language = visit.language;
  const page::Column columns[] = {{std::string(msg::question_column_number(language))},
                                  {std::string(msg::question_column_agency(language))},
                                  {std::string(msg::question_column_due(language))},
                                  {std::string(msg::question_column_state(language))},
                                  {std::string(msg::question_column_asked(language))}};
  page::table(page, caption, columns,
              [&](Writer& rows) {
                for (const QuestionLine& line : lines)
                  page::stacked_row(rows, columns, [&](page::Cells& cells) {
                    cells.head([&](Writer& p) {
                      if (ours)
                        page::link(p, line.number,
                                   visit.url({"desk", "questions", to_string(line.id)}));
                      else p << line.number;
                    });
                    cells.add(visit.agency(line.agency));
                    cells.add(long_date(line.last_day(), language));
                    cells.add([&](Writer& p) { state_tags(p, visit, line); });
                    cells.add(long_date(taiwan_date(line.asked_at), language));
                  });
              },
              {.caption_hidden = true, .stacks = true});
}

Result<net::Response> show_queue(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(queue, parts.questions->queue(visit.officer()));
  MINBEN_TRY(elsewhere, parts.questions->overdue_elsewhere(visit.officer()));
  return html_page(
      visit, frame(visit, msg::question_desk_nav(language), Section::questions), [&](Writer& page) {
        page::heading(page, 1, msg::question_desk_nav(language), Size::l);
        page::paragraph(page, msg::question_desk_text(language));
        if (queue.empty()) page::paragraph(page, msg::question_desk_none(language));
        else lines_table(page, visit, msg::question_desk_nav(language), queue, true);
        if (elsewhere.empty()) return;
        page::heading(page, 2, msg::question_desk_elsewhere(language));
        lines_table(page, visit, msg::question_desk_elsewhere(language), elsewhere, false);
      });
}

// --------------------------------------------------------------------------------------------- one

/// The use with its record, as the agency finds it in its own systems.
void record_list(Writer& page, const Visit& visit, const Question& question) {
  const Language language = visit.language;
  const mydata::Usage& use = question.use;
  page::summary_list(page, [&](Writer& list) {
    const auto row = [&](std::string_view key, std::string_view value) {
      if (!value.empty()) page::summary_row(list, key, value);
    };
    row(msg::question_desk_usage(language), to_string(use.id));
    row(msg::question_desk_when(language), long_time(use.at, language));
    if (!use.officer_role.empty())
      row(msg::question_desk_by(language),
          msg::find_in_desk(language, "desk_role_" + use.officer_role).value_or(use.officer_role));
    row(msg::question_desk_purpose(language), use.purpose.in(language));
    row(msg::question_desk_law(language), use.legal_basis.in(language));
    std::string fields;
    for (const mydata::Field& field : use.fields)
      fields += (fields.empty() ? "" : "\n") +
                (field.title.in(language).empty() ? field.name : field.title.in(language));
    row(msg::question_desk_fields(language), fields);
    row(msg::question_desk_system(language), string_or(question.exchange, "consumer"));
    row(msg::question_desk_service(language), string_or(question.exchange, "service"));
    row(msg::question_desk_exchange_id(language), string_or(question.exchange, "exchange_id"));
    row(msg::question_desk_request_hash(language), string_or(question.exchange, "request_hash"));
  });
  if (use.case_id.is_nil()) return;
  page << "<p class=\"govuk-body\">";
  page::link(page, msg::question_desk_case(language), case_url(visit, use.case_id));
  page << "</p>";
}

std::string step_text(Language language, const mydata::QuestionEvent& event) {
  if (event.step == QuestionStep::extended)
    return msg::question_step_extended(language, taiwan_date(event.due_at - seconds(1)));
  return std::string(
      found_text(language, fmt::format("question_step_{}", mydata::to_string(event.step))));
}

void history(Writer& page, const Visit& visit, const Question& question) {
  const Language language = visit.language;
  page::heading(page, 2, msg::question_history(language));
  page::timeline(page, [&](Writer& list) {
    for (const mydata::QuestionEvent& event : question.history)
      page::timeline_item(list,
                          {.title = step_text(language, event),
                           .time = long_time(event.at, language),
                           .machine_time = to_string(event.at)},
                          [&](Writer& p) {
                            if (event.step == QuestionStep::answered)
                              p << "<p class=\"govuk-body\"><strong>"
                                << outcome_text(language, event.outcome) << "</strong></p>";
                            p.lines(event.words);
                          });
  });
}

/// What was typed in one of the two forms, and what was wrong with it.
struct Typed {
  std::string_view outcome{};
  std::string_view text{};    ///< of the answer
  std::string_view reason{};  ///< of the extension
  std::vector<page::ErrorLine> errors{};
  [[nodiscard]] std::string error_of(std::string_view field) const {
    const auto found = std::ranges::find(errors, field, &page::ErrorLine::field);
    return found == errors.end() ? std::string() : found->text;
  }
};

void area(Writer& page, Language language, std::string_view name, std::string_view label,
          std::string_view value, const Typed& typed) {
  page::textarea(page, language,
                 {.name = std::string(name),
                  .label = std::string(label),
                  .hint = {},
                  .error = typed.error_of(name)},
                 {.value = std::string(value),
                  .max_characters = static_cast<int>(mydata::most_question_words)});
}

void answer_form(Writer& page, const Visit& visit, const Question& question, const Typed& typed) {
  const Language language = visit.language;
  page::heading(page, 2, msg::question_desk_answer(language));
  page::form(page, visit, visit.url({"desk", "questions", to_string(question.id), "answer"}),
             [&](Writer& p) {
               page::hidden(p, "version", std::to_string(question.version));
               std::vector<page::Choice> choices;
               for (const Outcome outcome :
                    {Outcome::justified, Outcome::not_justified, Outcome::corrected})
                 choices.push_back({std::string(mydata::to_string(outcome)),
                                    std::string(outcome_text(language, outcome)),
                                    {},
                                    mydata::to_string(outcome) == typed.outcome});
               page::radios(p,
                            {.name = "outcome",
                             .label = std::string(msg::question_outcome(language)),
                             .hint = {},
                             .error = typed.error_of("outcome")},
                            choices);
               area(p, language, "text", msg::question_desk_answer_words(language), typed.text,
                    typed);
               page::button(p, msg::question_desk_answer_send(language));
             });
}

void extend_form(Writer& page, const Visit& visit, const Question& question, const Typed& typed) {
  const Language language = visit.language;
  page::heading(page, 2, msg::question_desk_extend(language));
  page::paragraph(page, msg::question_desk_extend_text(language, *question.extendable_to));
  page::form(page, visit, visit.url({"desk", "questions", to_string(question.id), "extend"}),
             [&](Writer& p) {
               page::hidden(p, "version", std::to_string(question.version));
               area(p, language, "reason", msg::question_desk_reason(language), typed.reason,
                    typed);
               page::button(p, {.text = std::string(msg::question_desk_extend(language)),
                                .style = page::ButtonStyle::secondary});
             });
}

Result<net::Response> question_page(const Parts& parts, const Visit& visit, const Typed& typed) {
  const Language language = visit.language;
  MINBEN_TRY(id, visit.id<QuestionId>("question"));
  MINBEN_TRY(question, parts.questions->open(visit.officer(), id));
  const std::string title = msg::question_one(language, question.number);
  Frame made = frame(visit, title, Section::questions);
  made.trail = {{std::string(msg::question_desk_nav(language)), visit.url({"desk", "questions"})},
                {title, visit.url({})}};
  made.errors = typed.errors;
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, title, Size::l);
        state_tags(page, visit, question);
        page::summary_list(page, [&](Writer& list) {
          page::summary_row(list, msg::question_column_due(language),
                            long_date(question.last_day(), language));
        });
        history(page, visit, question);
        page::heading(page, 2, msg::question_use(language));
        record_list(page, visit, question);
        if (question.state != QuestionState::open) return;
        answer_form(page, visit, question, typed);
        if (question.extendable_to) extend_form(page, visit, question, typed);
      },
      typed.errors.empty() ? 200 : 422);
}

Result<net::Response> show_question(const Parts& parts, Visit& visit) {
  return question_page(parts, visit, {});
}

/// Nothing when the error is not about what was typed in `field`.
std::optional<page::ErrorLine> fault(Language language, std::string_view field,
                                     const Error& error) {
  if (error.code == "outcome_missing")
    return page::ErrorLine{"outcome", std::string(msg::question_missing_outcome(language))};
  if (error.code == "question_empty")
    return page::ErrorLine{std::string(field), std::string(msg::question_missing_words(language))};
  if (error.code == "question_too_long")
    return page::ErrorLine{std::string(field),
                           msg::desk_note_too_long(language, mydata::most_question_words)};
  return std::nullopt;
}

int posted_version(const Visit& visit) {
  return static_cast<int>(
      parse_integer(visit.request.form.get("version"), 0, 1'000'000).value_or(-1));
}

Result<net::Response> answer(const Parts& parts, Visit& visit) {
  const net::Form& form = visit.request.form;
  MINBEN_TRY(id, visit.id<QuestionId>("question"));
  const auto outcome = mydata::parse_outcome(form.get("outcome")).value_or(Outcome::none);
  const auto answered = parts.questions->answer(visit.officer(), id, posted_version(visit), outcome,
                                                form.get("text"));
  if (!answered) {
    const auto line = fault(visit.language, "text", answered.error());
    if (!line) return std::unexpected(answered.error());
    return question_page(
        parts, visit,
        {.outcome = form.get("outcome"), .text = form.get("text"), .errors = {*line}});
  }
  return page::redirect_with(visit, visit.url({"desk", "questions"}), page::Notice::success,
                             msg::question_desk_answered(visit.language));
}

Result<net::Response> extend(const Parts& parts, Visit& visit) {
  const std::string_view reason = visit.request.form.get("reason");
  MINBEN_TRY(id, visit.id<QuestionId>("question"));
  const auto extended = parts.questions->extend(visit.officer(), id, posted_version(visit), reason);
  if (!extended) {
    const auto line = fault(visit.language, "reason", extended.error());
    if (!line) return std::unexpected(extended.error());
    return question_page(parts, visit, {.reason = reason, .errors = {*line}});
  }
  return page::redirect_with(visit, visit.url({"desk", "questions", to_string(id)}),
                             page::Notice::success,
                             msg::question_desk_extended_done(visit.language));
}

}  // namespace

void add_questions(Pages& pages) {
  using page::access::data_protection_officer;
  pages.get("/desk/questions", data_protection_officer, show_queue);
  pages.get("/desk/questions/{question}", data_protection_officer, show_question);
  pages.post("/desk/questions/{question}/answer", data_protection_officer, answer);
  pages.post("/desk/questions/{question}/extend", data_protection_officer, extend);
}

}  // namespace minben::desk
