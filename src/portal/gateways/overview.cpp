// How the gateway is, on one page.
#include <fmt/format.h>

#include "page/charts.hpp"
#include "visit.hpp"

namespace minben::gateways {

namespace {

using gateway::CertificateEnd;
using gateway::Overview;
using gateway::ServiceTraffic;
using page::Cells;
using page::Column;
using page::Tone;

constexpr hours taiwan{8};
constexpr std::int64_t enough_days = 14;  ///< of a certificate; less is an alarm
constexpr double full_meter_days = 90;

std::string count(Language language, std::integral auto value) {
  return msg::gateways_count(language, static_cast<std::int64_t>(value));
}

std::string_view side(Language language, bool asked) {
  return asked ? msg::gateways_asked(language) : msg::gateways_served(language);
}

std::string latency(Language language, double ms) {
  return msg::gateways_milliseconds(
      language, ms < 10 ? fmt::format("{:.1f}", ms) : fmt::format("{:.0f}", ms));
}

std::int64_t days_left(const CertificateEnd& end, Instant now) {
  return std::chrono::floor<days>(end.at - now).count();
}

std::string age(Language language, microseconds age) {
  if (age >= days(2)) return msg::gateways_age_days(language, age / days(1));
  if (age >= hours(2)) return msg::gateways_age_hours(language, age / hours(1));
  return msg::gateways_age_minutes(language, age / minutes(1));
}

/// A heading of the section that a table or list is in.
void section(Writer& page, std::string_view id, std::string_view title) {
  page << "<h2 class=\"govuk-heading-m\" id=\"" << id << "\">" << title << "</h2>";
}

// -------------------------------------------------------------------------------- at a glance

void fact(Writer& page, std::string_view what, std::string_view value) {
  page << "<div class=\"mb-fact\"><dt>" << what << "</dt><dd>" << value << "</dd></div>";
}

void facts(Writer& page, Language language, const Overview& now) {
  std::uint64_t ended = 0;
  std::uint64_t failed = 0;
  double slowest = 0;
  for (const ServiceTraffic& each : now.traffic) {
    ended += each.sum.ended;
    failed += each.sum.failed;
    slowest = std::max(slowest, each.p99_ms);
  }
  page << "<dl class=\"mb-facts\">";
  fact(page, msg::gateways_fact_exchanges(language), count(language, ended));
  fact(page, msg::gateways_fact_failed(language), count(language, failed));
  fact(page, msg::gateways_fact_p99(language),
       ended > 0 ? latency(language, slowest) : std::string(msg::gateways_none_yet(language)));
  if (!now.certificates.empty())
    fact(page, msg::gateways_fact_certificate(language),
         msg::gateways_age_days(language, days_left(now.certificates.front(), now.now)));
  page << "</dl>";
}

// ------------------------------------------------------------------------------------ traffic

struct Choice {
  std::string service;  ///< "" = all
  bool asked = false;
};

Choice choice_of(const net::Request& request) {
  return {std::string(request.query.get("service")), request.query.get("side") == "asked"};
}

bool is_chosen(const Choice& choice, const ServiceTraffic& traffic) {
  return choice.service.empty() ||
         (choice.service == to_string(traffic.service) && choice.asked == traffic.asked);
}

void hours_chart(Writer& page, Language language, const Overview& now, const Choice& choice) {
  const Instant newest = std::chrono::floor<hours>(now.now + taiwan);
  page::UprightChart chart{.title = choice.service.empty()
                                        ? std::string(msg::gateways_traffic_hours(language))
                                        : msg::gateways_traffic_hours_of(language, choice.service),
                           .description = std::string(msg::gateways_traffic_hours_text(language)),
                           .label_title = std::string(msg::gateways_hour(language)),
                           .value_title = std::string(msg::gateways_ended(language)),
                           .part_title = std::string(msg::gateways_failed(language)),
                           .bars = {},
                           .highest_text = {},
                           .label_every = 6};
  std::uint64_t highest = 0;
  for (std::size_t i = 0; i < gateway::hours_of_traffic; ++i) {
    gateway::HourOfTraffic sum;
    for (const ServiceTraffic& each : now.traffic) {
      if (!is_chosen(choice, each)) continue;
      sum.ended += each.hours[i].ended;
      sum.failed += each.hours[i].failed;
    }
    highest = std::max(highest, sum.ended);
    const auto ago = static_cast<int>(gateway::hours_of_traffic - 1 - i);
    const auto hour = std::chrono::floor<hours>(newest.time_since_epoch()).count() - ago;
    chart.bars.push_back({fmt::format("{:02}:00", hour % 24), static_cast<double>(sum.ended),
                          static_cast<double>(sum.failed), count(language, sum.ended),
                          count(language, sum.failed)});
  }
  chart.highest_text = count(language, highest);
  page::upright_chart(page, language, "hours", chart);
}

void services_table(Writer& page, const Visit& visit, const Overview& now) {
  const Language language = visit.language;
  double slowest = 0;
  for (const ServiceTraffic& each : now.traffic) slowest = std::max(slowest, each.p99_ms);
  const std::vector<Column> columns{
      {.title = std::string(msg::gateways_service(language)), .self_evident = true},
      {std::string(msg::gateways_side(language))},
      {std::string(msg::gateways_ended(language)), true},
      {std::string(msg::gateways_failed(language)), true},
      {std::string(msg::gateways_p50(language)), true},
      {std::string(msg::gateways_p99(language))}};
  page::table(page, msg::gateways_services(language), columns,
              [&](Writer& rows) {
                for (const ServiceTraffic& each : now.traffic)
                  page::stacked_row(rows, columns, [&](Cells& cells) {
                    const std::string name = to_string(each.service);
                    cells.head([&](Writer& c) {
                      page::link(c, name,
                                 visit.url()
                                     .with("service", name)
                                     .with("side", each.asked ? "asked" : "served")
                                     .with_fragment("traffic"));
                    });
                    cells.add(side(language, each.asked));
                    cells.add(count(language, each.sum.ended));
                    cells.add(count(language, each.sum.failed));
                    cells.add(latency(language, each.p50_ms));
                    cells.add([&](Writer& c) {
                      c << latency(language, each.p99_ms);
                      page::meter(c, slowest > 0 ? each.p99_ms / slowest : 0);
                    });
                  });
              },
              {.stacks = true});
  page::paragraph(page, msg::gateways_latency_text(language));
}

void traffic_part(Writer& page, const Visit& visit, const Overview& now) {
  section(page, "traffic", msg::gateways_traffic(visit.language));
  if (now.traffic.empty()) {
    page::paragraph(page, msg::gateways_traffic_none(visit.language));
    return;
  }
  const Choice choice = choice_of(visit.request);
  hours_chart(page, visit.language, now, choice);
  if (!choice.service.empty()) {
    page << "<p class=\"govuk-body\">";
    page::link(page, msg::gateways_traffic_all(visit.language),
               visit.url().with_fragment("traffic"));
    page << "</p>";
  }
  services_table(page, visit, now);
}

// ----------------------------------------------------------------------------------- denials

void denials_part(Writer& page, Language language, const Overview& now) {
  section(page, "denials", msg::gateways_denials(language));
  if (now.denials.empty()) {
    page::paragraph(page, msg::gateways_denials_none(language));
    return;
  }
  page::paragraph(page, msg::gateways_denials_text(language));
  const auto most = static_cast<double>(now.denials.front().count);
  const std::vector<Column> columns{
      {.title = std::string(msg::gateways_reason(language)), .self_evident = true},
      {std::string(msg::gateways_code(language))},
      {std::string(msg::gateways_side(language))},
      {std::string(msg::gateways_ended(language))}};
  page::table(page, msg::gateways_denials(language), columns,
              [&](Writer& rows) {
                for (const gateway::Denials& each : now.denials)
                  page::stacked_row(rows, columns, [&](Cells& cells) {
                    const std::string_view known = meaning(language, each.code);
                    cells.head([&](Writer& c) {
                      c << (known.empty() ? std::string_view(each.code) : known);
                    });
                    cells.add([&](Writer& c) { c << "<code>" << each.code << "</code>"; });
                    cells.add(side(language, each.asked));
                    cells.add([&](Writer& c) {
                      c << count(language, each.count);
                      page::meter(c, static_cast<double>(each.count) / most, true);
                    });
                  });
              },
              {.caption_hidden = true, .stacks = true});
}

// ------------------------------------------------------------------------------ certificates

void certificates_part(Writer& page, Language language, const Overview& now) {
  section(page, "certificates", msg::gateways_certificates(language));
  page::paragraph(page, msg::gateways_certificates_text(language));
  const std::vector<Column> columns{
      {.title = std::string(msg::gateways_member(language)), .self_evident = true},
      {std::string(msg::gateways_use(language))},
      {std::string(msg::gateways_ends(language))},
      {std::string(msg::gateways_days_left(language))}};
  page::table(page, msg::gateways_certificates(language), columns,
              [&](Writer& rows) {
                for (const CertificateEnd& each : now.certificates)
                  page::stacked_row(rows, columns, [&](Cells& cells) {
                    cells.head([&](Writer& c) {
                      c << each.member.value;
                      if (each.own) c << " (" << msg::gateways_own(language) << ")";
                    });
                    cells.add(each.use == "tls" ? msg::gateways_use_tls(language)
                                                : msg::gateways_use_seal(language));
                    cells.add(msg::gateways_point(language, each.at));
                    const std::int64_t left = days_left(each, now.now);
                    cells.add([&](Writer& c) {
                      if (left < 0) page::tag(c, msg::gateways_over(language), Tone::bad);
                      else if (left < enough_days)
                        page::tag(c, msg::gateways_age_days(language, left), Tone::warn);
                      else c << msg::gateways_age_days(language, left);
                      page::meter(c, static_cast<double>(left) / full_meter_days,
                                  left < enough_days);
                    });
                  });
              },
              {.caption_hidden = true, .stacks = true});
}

// ------------------------------------------------------------------------------------- state

void configuration_part(Writer& page, Language language, const Overview& now) {
  const gateway::ConfigurationState& in_use = now.configuration;
  section(page, "configuration", msg::gateways_configuration(language));
  page::summary_list(page, [&](Writer& list) {
    page::summary_row(list, msg::gateways_instance(language), in_use.instance);
    page::summary_row(list, msg::gateways_version(language), count(language, in_use.version));
    page::summary_row(list, msg::gateways_issued(language),
                      msg::gateways_point(language, in_use.issued_at));
    page::summary_row(list, msg::gateways_age(language), age(language, now.now - in_use.issued_at));
    page::summary_row(list, msg::gateways_expires(language), [&](Writer& p) {
      const bool valid = now.now < in_use.expires_at;
      p << msg::gateways_point(language, in_use.expires_at) << " ";
      page::tag(p, valid ? msg::gateways_valid_tag(language) : msg::gateways_expired_tag(language),
                valid ? Tone::good : Tone::bad);
    });
  });
}

void witnesses_rows(Writer& list, Language language, const gateway::WitnessesState& state) {
  page::summary_row(list, msg::gateways_witnesses(language), [&](Writer& p) {
    p << msg::gateways_witnesses_count(language, static_cast<std::int64_t>(state.known),
                                       static_cast<std::int64_t>(state.cosigned))
      << " ";
    page::tag(p,
              state.quorum ? msg::gateways_quorum_yes(language) : msg::gateways_quorum_no(language),
              state.quorum ? Tone::good : Tone::warn);
  });
  page::summary_row(list, msg::gateways_complete(language), count(language, state.complete_size));
  if (state.failures.empty()) return;
  page::summary_row(list, msg::gateways_witness_failure(language), [&](Writer& p) {
    for (const auto& [witness, code] : state.failures)
      p << "<div>" << witness << " <code>" << code << "</code></div>";
  });
}

void ledger_part(Writer& page, Language language, const Overview& now) {
  section(page, "ledger", msg::gateways_ledger(language));
  page::summary_list(page, [&](Writer& list) {
    page::summary_row(list, msg::gateways_ledger_size(language), count(language, now.ledger.size));
    page::summary_row(list, msg::gateways_ledger_key(language), [&](Writer& p) {
      p << "<code class=\"mb-hash\">" << now.ledger.key << "</code>";
    });
    if (now.ledger.witnesses) witnesses_rows(list, language, *now.ledger.witnesses);
    else
      page::summary_row(list, msg::gateways_witnesses(language),
                        msg::gateways_witnesses_none(language));
  });
  section(page, "uses", msg::gateways_uses(language));
  page::summary_list(page, [&](Writer& list) {
    page::summary_row(list, msg::gateways_uses_waiting(language),
                      count(language, now.delivery.waiting));
    page::summary_row(list, msg::gateways_uses_delivered(language),
                      count(language, now.delivery.delivered));
    page::summary_row(list, msg::gateways_uses_refused(language),
                      count(language, now.delivery.refused));
  });
}

void log_part(Writer& page, const Visit& visit, const Overview& now) {
  const Language language = visit.language;
  section(page, "log", msg::gateways_log(language));
  page::paragraph(page, now.log.until
                            ? msg::gateways_log_until(language, now.log.level, *now.log.until)
                            : msg::gateways_log_now(language, now.log.level));
  form(page, visit, visit.url({"log-level"}), [&](Writer& p) {
    const page::Choice levels[] = {
        {.value = "debug", .label = std::string(msg::gateways_log_debug(language)), .chosen = true},
        {.value = "info", .label = std::string(msg::gateways_log_info(language))},
        {.value = "warning", .label = std::string(msg::gateways_log_warning(language))}};
    page::select(p,
                 {.name = "level",
                  .label = std::string(msg::gateways_log_level(language)),
                  .hint = {},
                  .error = {},
                  .is_heading = false},
                 levels);
    std::vector<page::Choice> spans;
    for (const int span : {5, 10, 30, 60})
      spans.push_back({.value = std::to_string(span),
                       .label = msg::gateways_log_minutes(language, span),
                       .chosen = span == 10});
    page::select(p,
                 {.name = "minutes",
                  .label = std::string(msg::gateways_log_for(language)),
                  .hint = {},
                  .error = {},
                  .is_heading = false},
                 spans);
    page::button(p, {.text = std::string(msg::gateways_log_do(language)),
                     .style = page::ButtonStyle::secondary});
  });
}

}  // namespace

net::Response overview(const Visit& visit) {
  const Language language = visit.language;
  const Overview now = visit.room.operations.overview();
  const std::string title = msg::gateways_title_of(language, visit.room.name.in(language));
  return html_page(visit, {.title = title, .place = ""}, [&](Writer& page) {
    if (visit.request.query.has("changed"))
      page::notification_banner(page, language, page::Notice::success, [&](Writer& p) {
        p << "<p class=\"govuk-notification-banner__heading\">"
          << msg::gateways_log_changed(language) << "</p>";
      });
    page::heading(page, 1, title, page::Size::l);
    page::paragraph(page, msg::gateways_intro(language));
    page << "<p class=\"govuk-body\">" << msg::gateways_as_of(language, now.now, now.started_at)
         << " ";
    page::link(page, msg::gateways_refresh(language), visit.url());
    page << "</p>";
    facts(page, language, now);
    traffic_part(page, visit, now);
    denials_part(page, language, now);
    certificates_part(page, language, now);
    configuration_part(page, language, now);
    ledger_part(page, language, now);
    log_part(page, visit, now);
  });
}

net::Response change_log_level(const Visit& visit) {
  const auto span = parse_integer(visit.request.form.get("minutes"), 1, 60);
  const auto raised = visit.room.operations.raise_log_level(
      visit.request.form.get("level"), span ? seconds(minutes(*span)) : seconds(0));
  if (!raised) return net::Response::problem(raised.error());  // not from our form
  return net::Response::see_other(visit.url().with("changed", "log").text());
}

}  // namespace minben::gateways
