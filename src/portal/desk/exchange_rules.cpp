// Who may call what for which purpose.
#include <fmt/format.h>

#include "exchange/values.hpp"
#include "exchange_pages.hpp"

namespace minben::desk {

namespace {

using registry::RegisteredRule;
using registry::RuleId;

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const auto& text : texts) out += (out.empty() ? "" : ", ") + text;
  return out;
}

void end_form(Writer& page, const Visit& visit, const RegisteredRule& one) {
  page::form(page, visit, exchange_url(visit, {"rules", to_string(one.id), "end"}), [&](Writer& p) {
    page::button(p, {.text = std::string(msg::exchange_end(visit.language)),
                     .style = page::ButtonStyle::secondary,
                     .about = to_string(one.rule.consumer) + " → " + to_string(one.rule.service)});
  });
}

std::string basis_text(Language language, const exchange::AccessRule& rule) {
  if (rule.basis == exchange::Basis::consent)
    return std::string(msg::exchange_basis_consent(language));
  if (!rule.delay) return rule.legal_basis;
  return rule.legal_basis + "\n" + msg::exchange_delay(language, rule.delay->days, rule.delay->law);
}

void rules_table(Writer& page, const Visit& visit, std::span<const RegisteredRule> rules) {
  const Language language = visit.language;
  if (rules.empty()) return page::paragraph(page, msg::exchange_no_rules(language));
  const std::vector<page::Column> columns{
      {.title = std::string(msg::exchange_consumer(language)), .self_evident = true},
      {std::string(msg::exchange_service(language))},
      {std::string(msg::exchange_purposes(language))},
      {std::string(msg::exchange_basis(language))},
      {std::string(msg::exchange_act(language))}};
  page::table(page, msg::exchange_rules(language), columns,
              [&](Writer& rows) {
                for (const auto& one : rules)
                  page::stacked_row(rows, columns, [&](page::Cells& cells) {
                    cells.head([&](Writer& c) {
                      c << "<code>" << to_string(one.rule.consumer) << "</code>";
                    });
                    cells.add([&](Writer& c) {
                      c << "<code>" << to_string(one.rule.service) << "</code>";
                    });
                    cells.add(joined(one.rule.purposes));
                    cells.add(basis_text(language, one.rule));
                    cells.add([&](Writer& c) {
                      if (one.added) end_form(c, visit, one);
                      else c << msg::exchange_planned(language);
                    });
                  });
              },
              {.caption_hidden = true, .stacks = true});
}

std::vector<page::Choice> choices_of(const Visit& visit, std::string_view field,
                                     std::vector<std::string> ids) {
  std::vector<page::Choice> choices{{"", std::string(msg::exchange_choose(visit.language))}};
  for (std::string& id : ids) choices.push_back({id, id, {}, visit.request.form.get(field) == id});
  return choices;
}

/// Groups first: a subsystem's name cannot begin so.
constexpr std::string_view group_mark = "group:";

std::vector<std::string> consumers(const exchange::Configuration& now) {
  std::vector<std::string> ids;
  for (const auto& group : now.groups) ids.push_back(std::string(group_mark) + group.code.value);
  std::ranges::move(subsystem_ids(now), std::back_inserter(ids));
  return ids;
}

std::vector<std::string> services(const exchange::Configuration& now) {
  std::vector<std::string> ids;
  for (const auto& service : now.services) ids.push_back(to_string(service.id));
  return ids;
}

void choice_fields(Writer& p, const Visit& visit, const exchange::Configuration& now,
                   const std::string& error) {
  const Language language = visit.language;
  page::select(p,
               {.name = "consumer",
                .label = std::string(msg::exchange_consumer(language)),
                .hint = {},
                .error = error},
               choices_of(visit, "consumer", consumers(now)));
  page::select(p,
               {.name = "service",
                .label = std::string(msg::exchange_service(language)),
                .hint = {},
                .error = {}},
               choices_of(visit, "service", services(now)));
  std::vector<page::Choice> methods;
  const auto chosen = visit.request.form.all("methods");
  for (const char* method : {"GET", "POST", "PUT", "DELETE", "PATCH"})
    methods.push_back({method,
                       method,
                       {},
                       chosen.empty() ? std::string_view(method) == "GET"
                                      : std::ranges::find(chosen, method) != chosen.end()});
  page::checkboxes(p,
                   {.name = "methods",
                    .label = std::string(msg::exchange_methods(language)),
                    .hint = {},
                    .error = {}},
                   methods);
}

void add_form(Writer& page, const Visit& visit, const exchange::Configuration& now,
              const std::string& error) {
  const Language language = visit.language;
  const net::Form& typed = visit.request.form;
  page::heading(page, 2, msg::exchange_rule_add(language));
  page::form(page, visit, exchange_url(visit, {"rules"}), [&](Writer& p) {
    choice_fields(p, visit, now, error);
    const auto text = [&](std::string_view name, std::string_view label, std::string_view hint) {
      page::text_input(p, {std::string(name), std::string(label), std::string(hint), {}},
                       {.value = std::string(typed.get(name)), .spellcheck = false});
    };
    text("purposes", msg::exchange_purposes(language), msg::exchange_purposes_hint(language));
    const bool law = typed.get("basis") == "law";
    const std::vector<page::Choice> bases{
        {"consent", std::string(msg::exchange_basis_consent(language)), {}, !law},
        {"law", std::string(msg::exchange_basis_law(language)), {}, law}};
    page::radios(p,
                 {.name = "basis",
                  .label = std::string(msg::exchange_basis(language)),
                  .hint = {},
                  .error = {}},
                 bases);
    text("legal_basis", msg::exchange_legal_basis(language), {});
    text("delay_law", msg::exchange_delay_law(language), msg::exchange_delay_hint(language));
    text("delay_days", msg::exchange_delay_days(language), {});
    text("fields", msg::exchange_fields(language), msg::exchange_fields_hint(language));
    page::button(p, msg::exchange_rule_add(language));
  });
}

Result<net::Response> rules_page(const Parts& parts, const Visit& visit, const std::string& error) {
  const Language language = visit.language;
  MINBEN_TRY(rules, parts.registry->rules());
  MINBEN_TRY(now, parts.registry->published());
  const auto title = msg::exchange_rules(language);
  Frame made = exchange_frame(visit, title);
  if (!error.empty()) made.errors.push_back({"consumer", error});
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, title, Size::l);
        page::paragraph(page, msg::exchange_rules_text(language));
        rules_table(page, visit, rules);
        add_form(page, visit, *now->configuration, error);
      },
      error.empty() ? 200 : 422);
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  return rules_page(parts, visit, {});
}

Result<exchange::Subject> read_consumer(std::string_view text) {
  if (text.starts_with(group_mark)) {
    MINBEN_TRY(code, exchange::GroupCode::parse(text.substr(group_mark.size())));
    return exchange::Subject(std::move(code));
  }
  MINBEN_TRY(id, exchange::SubsystemId::parse(text));
  return exchange::Subject(std::move(id));
}

Result<exchange::AccessRule> read_form(const Visit& visit, const exchange::Configuration& now) {
  const net::Form& form = visit.request.form;
  exchange::AccessRule rule;
  MINBEN_TRY(consumer, read_consumer(form.get("consumer")));
  rule.consumer = std::move(consumer);
  MINBEN_TRY(service, exchange::ServiceId::parse(form.get("service")));
  rule.service = std::move(service);
  rule.methods.clear();
  for (const auto text : form.all("methods")) {
    MINBEN_TRY(method, exchange::parse_method(text));
    rule.methods.push_back(method);
  }
  rule.purposes = comma_list(form.get("purposes"));
  MINBEN_TRY(basis, exchange::parse_basis(form.get("basis")));
  rule.basis = basis;
  if (basis == exchange::Basis::law) rule.legal_basis = trim(form.get("legal_basis"));
  if (const std::string_view delay = trim(form.get("delay_law")); !delay.empty())
    rule.delay = exchange::Delay{
        std::string(delay),
        static_cast<int>(parse_integer(trim(form.get("delay_days")), 0, 100'000).value_or(0))};
  rule.fields = comma_list(form.get("fields"));
  if (const auto* known = now.service(rule.service); known && rule.fields.empty())
    rule.fields = known->fields;
  return rule;
}

Result<net::Response> add(const Parts& parts, Visit& visit) {
  if (auto asked = without_passkey(visit)) return std::move(*asked);
  MINBEN_TRY(now, parts.registry->published());
  const auto rule = read_form(visit, *now->configuration);
  const auto added = rule ? parts.registry->add_rule(visit.officer().id, *rule)
                          : Result<RuleId>(std::unexpected(rule.error()));
  if (!added) return rules_page(parts, visit, cause_text(visit.language, added.error()));
  return page::redirect_with(visit, exchange_url(visit, {"rules"}), page::Notice::success,
                             msg::exchange_rule_added(visit.language));
}

Result<net::Response> end(const Parts& parts, Visit& visit) {
  if (auto asked = without_passkey(visit)) return std::move(*asked);
  MINBEN_TRY(id, visit.id<RuleId>("rule"));
  MINBEN_CHECK(parts.registry->end_rule(visit.officer().id, id));
  return page::redirect_with(visit, exchange_url(visit, {"rules"}), page::Notice::success,
                             msg::exchange_rule_ended(visit.language));
}

}  // namespace

void add_exchange_rules(Pages& pages) {
  using page::access::exchange_operator;
  pages.get("/desk/exchange/rules", exchange_operator, show);
  pages.post("/desk/exchange/rules", exchange_operator, add);
  pages.post("/desk/exchange/rules/{rule}/end", exchange_operator, end);
}

}  // namespace minben::desk
