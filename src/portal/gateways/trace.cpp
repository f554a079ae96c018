// What this gateway would decide about a request that nobody made.
#include <fmt/format.h>

#include "visit.hpp"

namespace minben::gateways {

namespace {

using gateway::TraceQuestion;
using net::Method;

constexpr Method methods[] = {Method::get,   Method::post, Method::put,
                              Method::patch, Method::del,  Method::head};

/// A field by its name, with what went wrong in it.
page::Field field(std::string_view name, std::string_view label, std::string_view hint,
                  const std::vector<page::ErrorLine>& errors) {
  const auto found = std::ranges::find(errors, name, &page::ErrorLine::field);
  return {.name = std::string(name),
          .label = std::string(label),
          .hint = std::string(hint),
          .error = found == errors.end() ? std::string() : found->text,
          .is_heading = false};
}

void question_form(Writer& page, const Visit& visit, const std::vector<page::ErrorLine>& errors) {
  const Language language = visit.language;
  const net::Form& sent = visit.request.form;
  const auto input = [&](Writer& p, std::string_view name, std::string_view label,
                         std::string_view hint) {
    page::text_input(
        p, field(name, label, hint, errors),
        {.value = std::string(sent.get(name)), .autocomplete = "off", .spellcheck = false});
  };
  form(page, visit, visit.url({"trace"}), [&](Writer& p) {
    input(p, "consumer", msg::gateways_trace_consumer(language),
          msg::gateways_trace_consumer_hint(language));
    input(p, "service", msg::gateways_trace_service(language),
          msg::gateways_trace_service_hint(language));
    std::vector<page::Choice> choices;
    for (const Method method : methods) {
      const std::string name(net::to_string(method));
      choices.push_back({.value = name, .label = name, .chosen = sent.get("method") == name});
    }
    page::select(p, field("method", msg::gateways_trace_method(language), {}, errors), choices);
    input(p, "path", msg::gateways_trace_path(language), msg::gateways_trace_path_hint(language));
    input(p, "purpose", msg::gateways_trace_purpose(language), {});
    input(p, "case", msg::gateways_trace_case(language), {});
    page::button(p, msg::gateways_trace_do(language));
  });
}

Result<TraceQuestion> read_question(const net::Form& sent) {
  TraceQuestion question;
  MINBEN_TRY(consumer, exchange::SubsystemId::parse(trim(sent.get("consumer"))));
  question.consumer = std::move(consumer);
  MINBEN_TRY(service, exchange::ServiceId::parse(trim(sent.get("service"))));
  question.service = std::move(service);
  for (const Method method : methods)
    if (sent.get("method") == net::to_string(method)) question.method = method;
  question.path = trim(sent.get("path"));
  question.purpose = trim(sent.get("purpose"));
  question.case_id = trim(sent.get("case"));
  return question;
}

page::ErrorLine error_line(Language language, const Error& error) {
  if (error.code == "not_a_subsystem")
    return {"consumer", std::string(msg::gateways_bad_name(language))};
  if (error.code == "not_a_service")
    return {"service", std::string(msg::gateways_bad_name(language))};
  if (error.code == "unknown_service")
    return {"service", std::string(msg::gateways_other_member(language))};
  return {"path", std::string(msg::gateways_bad_path(language))};
}

void code_and_meaning(Writer& page, Language language, std::string_view code) {
  const std::string_view known = meaning(language, code);
  if (!known.empty()) page << known << " ";
  page << "<code>" << code << "</code>";
}

void verdicts(Writer& page, Language language, const exchange::DecisionTrace& trace) {
  if (trace.rules.empty()) {
    page::paragraph(page, msg::gateways_trace_rules_none(language));
    return;
  }
  const std::vector<page::Column> columns{
      {.title = std::string(msg::gateways_trace_rule(language)), .self_evident = true},
      {std::string(msg::gateways_trace_why(language))}};
  page::table(page, msg::gateways_trace_rules(language), columns,
              [&](Writer& rows) {
                for (const auto& verdict : trace.rules)
                  page::stacked_row(rows, columns, [&](page::Cells& cells) {
                    cells.head([&](Writer& c) {
                      c << verdict.rule + 1 << " <code>" << verdict.id << "</code>";
                    });
                    cells.add([&](Writer& c) { code_and_meaning(c, language, verdict.code); });
                  });
              },
              {.stacks = true});
}

void outcome(Writer& page, Language language, const exchange::DecisionTrace& trace) {
  const bool granted = trace.outcome == "granted";
  page << "<section class=\"mb-verdict" << page::when(!granted, " mb-verdict--bad")
       << "\" aria-labelledby=\"outcome\"><h2 class=\"govuk-heading-m\" id=\"outcome\">"
       << msg::gateways_trace_result(language) << "</h2><p class=\"govuk-body\">";
  page::tag(page,
            granted ? msg::gateways_trace_granted(language) : msg::gateways_trace_refused(language),
            granted ? page::Tone::good : page::Tone::bad);
  page << " ";
  if (!granted) code_and_meaning(page, language, trace.outcome);
  page << "</p>";
  verdicts(page, language, trace);
  page << "</section>";
}

net::Response trace_page(const Visit& visit, const exchange::DecisionTrace* trace,
                         std::vector<page::ErrorLine> errors) {
  const Language language = visit.language;
  Sheet sheet{.title = std::string(msg::gateways_trace_title(language)),
              .place = "trace",
              .errors = std::move(errors)};
  if (!sheet.errors.empty()) sheet.status = 422;
  return html_page(visit, sheet, [&](Writer& page) {
    page << "<div class=\"mb-column\">";
    page::heading(page, 1, msg::gateways_trace_title(language), page::Size::l);
    page::paragraph(page, msg::gateways_trace_text(language));
    page::paragraph(page, msg::gateways_trace_consent(language));
    if (trace) outcome(page, language, *trace);
    question_form(page, visit, sheet.errors);
    page << "</div>";
  });
}

}  // namespace

net::Response trace_form(const Visit& visit) { return trace_page(visit, nullptr, {}); }

net::Response trace(const Visit& visit) {
  const auto question = read_question(visit.request.form);
  if (!question) return trace_page(visit, nullptr, {error_line(visit.language, question.error())});
  const auto trace = visit.room.operations.explain(*question);
  if (!trace) return trace_page(visit, nullptr, {error_line(visit.language, trace.error())});
  return trace_page(visit, &*trace, {});
}

}  // namespace minben::gateways
