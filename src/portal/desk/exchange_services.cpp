// Services of the exchange, from their OpenAPI files.
#include <fmt/format.h>

#include "exchange_pages.hpp"

namespace minben::desk {

namespace {

using registry::RegisteredService;

void end_form(Writer& page, const Visit& visit, const RegisteredService& one) {
  const std::string id = to_string(one.service.id);
  page::form(page, visit, exchange_url(visit, {"services", "end"}), [&](Writer& p) {
    page::hidden(p, "service", id);
    page::button(p, {.text = std::string(msg::exchange_end(visit.language)),
                     .style = page::ButtonStyle::secondary,
                     .about = id});
  });
}

void operations_cell(Writer& page, Language language, const RegisteredService& one) {
  if (one.operations.empty()) {
    page << "–";
    return;
  }
  page << "<ul class=\"govuk-list\">";
  for (const auto& operation : one.operations)
    page << "<li><code>" << fmt::format("{} {}", operation.method, operation.path)
         << "</code></li>";
  page << "</ul>";
  const auto& [provider, service] = one.service.id;
  page::link(page, msg::exchange_description(language),
             Url::path({"exchange", "openapi", provider.instance, provider.member_class,
                        provider.member, provider.subsystem, service}));
}

void services_table(Writer& page, const Visit& visit, std::span<const RegisteredService> services) {
  const Language language = visit.language;
  if (services.empty()) return page::paragraph(page, msg::exchange_no_services(language));
  const std::vector<page::Column> columns{
      {.title = std::string(msg::exchange_service(language)), .self_evident = true},
      {std::string(msg::exchange_operations(language))},
      {std::string(msg::exchange_fields(language))},
      {std::string(msg::exchange_act(language))}};
  page::table(page, msg::exchange_services(language), columns,
              [&](Writer& rows) {
                for (const auto& one : services)
                  page::stacked_row(rows, columns, [&](page::Cells& cells) {
                    cells.head([&](Writer& c) {
                      c << one.service.title.in(language) << "<br><code>"
                        << to_string(one.service.id) << "</code>";
                    });
                    cells.add([&](Writer& c) { operations_cell(c, language, one); });
                    std::string fields;
                    for (const auto& field : one.service.fields)
                      fields += (fields.empty() ? "" : ", ") + field;
                    cells.add(fields);
                    cells.add([&](Writer& c) {
                      if (one.added) end_form(c, visit, one);
                      else c << msg::exchange_planned(language);
                    });
                  });
              },
              {.caption_hidden = true, .stacks = true});
}

std::vector<page::Choice> subsystems(const Visit& visit, const exchange::Configuration& now) {
  std::vector<page::Choice> choices{{"", std::string(msg::exchange_choose(visit.language))}};
  for (const std::string& id : subsystem_ids(now))
    choices.push_back({id, id, {}, visit.request.form.get("provider") == id});
  return choices;
}

void add_form(Writer& page, const Visit& visit, const exchange::Configuration& now,
              std::span<const page::ErrorLine> errors) {
  const Language language = visit.language;
  const net::Form& typed = visit.request.form;
  const auto field = [&](std::string_view name, std::string_view label,
                         std::string_view hint = {}) {
    return field_with_error(name, label, hint, errors);
  };
  page::heading(page, 2, msg::exchange_service_add(language));
  page::form(
      page, visit, exchange_url(visit, {"services"}),
      [&](Writer& p) {
        page::select(p, field("provider", msg::exchange_provider(language)),
                     subsystems(visit, now));
        page::text_input(p,
                         field("code", msg::exchange_service_code(language),
                               msg::exchange_service_code_hint(language)),
                         {.value = std::string(typed.get("code")),
                          .width = page::Width::w20,
                          .spellcheck = false});
        page::text_input(p, field("title_zh", msg::exchange_title_zh(language)),
                         {.value = std::string(typed.get("title_zh"))});
        page::text_input(p, field("title_en", msg::exchange_title_en(language)),
                         {.value = std::string(typed.get("title_en"))});
        page::checkbox(p, field("about_a_person", msg::exchange_about_a_person(language)),
                       typed.get("about_a_person") == "yes");
        page::file_upload(p, language, field("openapi", msg::exchange_openapi(language)),
                          {.accept = "application/json", .max_bytes = registry::max_openapi});
        page::button(p, msg::exchange_service_add(language));
      },
      true);
}

Result<net::Response> services_page(const Parts& parts, const Visit& visit,
                                    std::vector<page::ErrorLine> errors) {
  const Language language = visit.language;
  MINBEN_TRY(services, parts.registry->services());
  MINBEN_TRY(now, parts.registry->published());
  const auto title = msg::exchange_services(language);
  Frame made = exchange_frame(visit, title);
  made.errors = std::move(errors);
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, title, Size::l);
        services_table(page, visit, services);
        add_form(page, visit, *now->configuration, made.errors);
      },
      made.errors.empty() ? 200 : 422);
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  return services_page(parts, visit, {});
}

std::string field_of(const Error& error) {
  if (error.code == "bad_openapi" || error.code == "file_too_large") return "openapi";
  if (error.code == "unknown_subsystem" || error.code == "not_a_subsystem") return "provider";
  return error.field == "title" ? "title_zh" : "code";
}

Result<registry::NewService> read_form(const Visit& visit) {
  const net::Form& form = visit.request.form;
  registry::NewService wanted;
  auto provider = exchange::SubsystemId::parse(form.get("provider"));
  if (!provider) return fail(Kind::invalid, "unknown_subsystem");
  MINBEN_TRY(openapi, uploaded_text(visit, registry::max_openapi));
  if (openapi.empty()) return fail(Kind::invalid, "bad_openapi");
  wanted.provider = std::move(*provider);
  wanted.code = trim(form.get("code"));
  wanted.title = {std::string(trim(form.get("title_zh"))), std::string(trim(form.get("title_en")))};
  wanted.about_a_person = form.get("about_a_person") == "yes";
  wanted.openapi = std::move(openapi);
  return wanted;
}

Result<net::Response> add(const Parts& parts, Visit& visit) {
  if (auto asked = without_passkey(visit)) return std::move(*asked);
  const auto wanted = read_form(visit);
  const auto added = wanted ? parts.registry->add_service(visit.officer().id, *wanted)
                            : Result<RegisteredService>(std::unexpected(wanted.error()));
  if (!added)
    return services_page(parts, visit,
                         {{field_of(added.error()), cause_text(visit.language, added.error())}});
  // On to what it needs before anybody may call it.
  return page::redirect_with(visit, exchange_url(visit, {"rules"}), page::Notice::success,
                             msg::exchange_service_added(visit.language));
}

Result<net::Response> end(const Parts& parts, Visit& visit) {
  if (auto asked = without_passkey(visit)) return std::move(*asked);
  const auto id = exchange::ServiceId::parse(visit.request.form.get("service"));
  if (!id) return fail(Kind::not_found, "unknown_service");
  MINBEN_CHECK(parts.registry->end_service(visit.officer().id, *id));
  return page::redirect_with(visit, exchange_url(visit, {"services"}), page::Notice::success,
                             msg::exchange_service_ended(visit.language));
}

}  // namespace

void add_exchange_services(Pages& pages) {
  using page::access::exchange_operator;
  pages.get("/desk/exchange/services", exchange_operator, show);
  pages.post("/desk/exchange/services", exchange_operator, add,
             registry::max_openapi + (64u << 10));
  pages.post("/desk/exchange/services/end", exchange_operator, end);
}

}  // namespace minben::desk
