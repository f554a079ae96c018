// The exchange at a glance: what is published, who wants to join, who is in, what changed.
#include "exchange_pages.hpp"

#include <fstream>

#include <fmt/format.h>

namespace minben::desk {

using registry::Registry;

Url exchange_url(const Visit& visit, std::initializer_list<std::string_view> more) {
  return visit.url({"desk", "exchange"}).below(more);
}

Frame exchange_frame(const Visit& visit, std::string_view title) {
  const Language language = visit.language;
  Frame made = frame(visit, title, Section::exchange);
  made.wide = true;
  const std::string_view first = msg::exchange_title(language);
  made.trail = {{std::string(first), exchange_url(visit)}};
  if (title != first) made.trail.push_back({std::string(title), exchange_url(visit)});
  return made;
}

std::optional<net::Response> without_passkey(const Visit& visit) {
  if (visit.session().assurance >= identity::Assurance::substantial) return std::nullopt;
  return visit.site.to_sign_in(visit, identity::Realm::officer, true);
}

std::string who_acted(Language language, const Names& names, const std::optional<OfficerId>& by) {
  return by ? name_or(names, *by, msg::desk_colleague(language))
            : std::string(msg::exchange_platform(language));
}

std::string cause_text(Language language, const Error& error) {
  const std::string text = page::error_text(language, error.code);
  if (error.detail.empty() && error.field.empty()) return text;
  return fmt::format("{} ({}{}{})", text, error.field, error.field.empty() ? "" : ": ",
                     error.detail);
}

Result<std::string> uploaded_text(const Visit& visit, std::size_t most) {
  const auto& uploads = visit.request.form.uploads;
  if (uploads.empty() || uploads.front().size == 0) return std::string();
  if (uploads.front().size > most) return fail(Kind::too_large, "file_too_large");
  std::ifstream in(uploads.front().path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in) return fail(Kind::internal, "upload_lost", "the file cannot be read");
  return text;
}

std::vector<std::string> comma_list(std::string_view text) {
  std::vector<std::string> list;
  for (const auto part : split(text, ','))
    if (const auto word = trim(part); !word.empty()) list.emplace_back(word);
  return list;
}

namespace {

void published_part(Writer& page, const Visit& visit, const Registry& exchange) {
  const Language language = visit.language;
  page::heading(page, 2, msg::exchange_published(language));
  page::summary_list(page, [&](Writer& list) {
    if (const auto now = exchange.published()) {
      const auto& configuration = *(*now)->configuration;
      page::summary_row(list, msg::exchange_version(language),
                        std::to_string(configuration.version));
      page::summary_row(list, msg::exchange_issued(language),
                        long_time(configuration.issued_at, language));
      page::summary_row(list, msg::exchange_expires(language),
                        long_time(configuration.expires_at, language));
    }
    page::summary_row(list, msg::exchange_registry_fingerprint(language), [&](Writer& p) {
      p << "<code>" << registry::spoken_fingerprint(hex_encode(exchange.key().fingerprint()))
        << "</code>";
    });
  });
}

std::string first_end(const Visit& visit, const registry::RegisteredMember& member) {
  std::optional<Instant> first;
  for (const auto& one : member.certificates)
    if (!one.revoked && one.expires_at > visit.site.now() && (!first || one.expires_at < *first))
      first = one.expires_at;
  if (!first) return member.added ? std::string(msg::exchange_ended(visit.language)) : "–";
  const auto left = std::chrono::floor<days>(*first - visit.site.now()).count();
  return msg::exchange_days_left(visit.language, left);
}

void members_part(Writer& page, const Visit& visit,
                  std::span<const registry::RegisteredMember> members) {
  const Language language = visit.language;
  const std::vector<page::Column> columns{
      {.title = std::string(msg::exchange_member(language)), .self_evident = true},
      {std::string(msg::exchange_code(language))},
      {std::string(msg::exchange_gateways(language)), true},
      {std::string(msg::exchange_certificates_end(language))}};
  page::table(page, msg::exchange_members(language), columns,
              [&](Writer& rows) {
                for (const auto& one : members)
                  page::stacked_row(rows, columns, [&](page::Cells& cells) {
                    cells.head([&](Writer& c) {
                      page::link(c, one.member.name.in(language),
                                 exchange_url(visit, {"members", one.member.code.value}));
                    });
                    cells.add(one.member.code.value);
                    cells.add(std::to_string(one.member.gateways.size()));
                    cells.add(first_end(visit, one));
                  });
              },
              {.stacks = true});
}

void changes_part(Writer& page, const Visit& visit, std::span<const registry::Change> changes,
                  const Names& names) {
  const Language language = visit.language;
  if (changes.empty()) {
    page::heading(page, 2, msg::exchange_changes(language));
    return page::paragraph(page, msg::exchange_no_changes(language));
  }
  const std::vector<page::Column> columns{
      {.title = std::string(msg::exchange_change_what(language)), .self_evident = true},
      {std::string(msg::exchange_change_of(language))},
      {std::string(msg::exchange_change_when(language))},
      {std::string(msg::exchange_change_who(language))}};
  page::table(page, msg::exchange_changes(language), columns,
              [&](Writer& rows) {
                for (const auto& one : changes)
                  page::stacked_row(rows, columns, [&](page::Cells& cells) {
                    const auto words =
                        msg::find_in_exchange(language, "exchange_change_" + one.action);
                    cells.head([&](Writer& c) { c << std::string(words.value_or(one.action)); });
                    cells.add(one.subject);
                    cells.add(long_time(one.act.at, language));
                    cells.add(who_acted(language, names, one.act.by));
                  });
              },
              {.stacks = true});
}

void requests_part(Writer& page, const Visit& visit, std::span<const registry::JoinCase> requests) {
  const Language language = visit.language;
  if (requests.empty()) {
    page::heading(page, 2, msg::exchange_requests(language));
    return page::paragraph(page, msg::exchange_no_requests(language));
  }
  const std::vector<page::Column> columns{
      {.title = std::string(msg::exchange_member(language)), .self_evident = true},
      {std::string(msg::exchange_gateway(language))},
      {std::string(msg::exchange_received_at(language))},
      {std::string(msg::exchange_state(language))}};
  page::table(page, msg::exchange_requests(language), columns,
              [&](Writer& rows) {
                for (const auto& one : requests)
                  page::stacked_row(rows, columns, [&](page::Cells& cells) {
                    cells.head([&](Writer& c) {
                      page::link(c,
                                 fmt::format("{} ({})", one.request.name.in(language),
                                             one.request.member.value),
                                 exchange_url(visit, {"requests", one.id}));
                    });
                    cells.add(one.request.gateway);
                    cells.add(long_time(one.received_at, language));
                    cells.add([&](Writer& c) { request_state_tag(c, language, one.state); });
                  });
              },
              {.stacks = true});
}

Result<net::Response> overview(const Parts& parts, const Visit& visit,
                               std::string_view upload_error) {
  const Language language = visit.language;
  MINBEN_TRY(requests, parts.registry->requests());
  MINBEN_TRY(members, parts.registry->members());
  MINBEN_TRY(changes, parts.registry->changes(20));
  MINBEN_TRY(names, colleagues(parts, visit.officer().agency));
  const auto title = msg::exchange_title(language);
  Frame made = exchange_frame(visit, title);
  if (!upload_error.empty()) made.errors.push_back({"file", std::string(upload_error)});
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, title, Size::l);
        page::paragraph(page, msg::exchange_intro(language));
        page << "<ul class=\"govuk-list\"><li>";
        page::link(page, msg::exchange_services(language), exchange_url(visit, {"services"}));
        page << "</li><li>";
        page::link(page, msg::exchange_rules(language), exchange_url(visit, {"rules"}));
        page << "</li><li>";
        page::link(page, msg::exchange_groups(language), exchange_url(visit, {"groups"}));
        page << "</li><li>";
        page::link(page, msg::exchange_revoke_file(language), exchange_url(visit, {"revocations"}));
        page << "</li></ul>";
        requests_part(page, visit, requests);
        page::form(
            page, visit, exchange_url(visit, {"requests"}),
            [&](Writer& p) {
              page::file_upload(
                  p, language,
                  {.name = "file",
                   .label = std::string(msg::exchange_upload(language)),
                   .hint = std::string(msg::exchange_upload_hint(language)),
                   .error = std::string(upload_error)},
                  {.accept = "application/json", .max_bytes = registry::max_join_request});
              page::button(p, {.text = std::string(msg::exchange_upload_do(language)),
                               .style = page::ButtonStyle::secondary});
            },
            true);
        members_part(page, visit, members);
        published_part(page, visit, *parts.registry);
        changes_part(page, visit, changes, names);
      },
      upload_error.empty() ? 200 : 422);
}

Result<net::Response> show(const Parts& parts, Visit& visit) { return overview(parts, visit, {}); }

Result<net::Response> upload(const Parts& parts, Visit& visit) {
  const auto text = uploaded_text(visit, registry::max_join_request);
  if (!text) return overview(parts, visit, cause_text(visit.language, text.error()));
  if (text->empty()) return overview(parts, visit, msg::exchange_upload_missing(visit.language));
  const auto received = parts.registry->receive(trim(*text), visit.officer().id);
  if (!received) return overview(parts, visit, cause_text(visit.language, received.error()));
  return page::redirect(exchange_url(visit, {"requests", received->id}));
}

}  // namespace

page::Field field_with_error(std::string_view name, std::string_view label, std::string_view hint,
                             std::span<const page::ErrorLine> errors) {
  page::Field made{std::string(name), std::string(label), std::string(hint), {}};
  for (const auto& line : errors)
    if (line.field == name) made.error = line.text;
  return made;
}

std::vector<std::string> subsystem_ids(const exchange::Configuration& now) {
  std::vector<std::string> ids;
  for (const auto& member : now.members)
    for (const auto& subsystem : member.subsystems)
      ids.push_back(to_string(
          exchange::SubsystemId{now.instance, member.member_class, member.code.value, subsystem}));
  return ids;
}

void request_state_tag(Writer& page, Language language, registry::RequestState state) {
  switch (state) {
    case registry::RequestState::received:
      return page::tag(page, msg::exchange_state_received(language), Tone::waiting);
    case registry::RequestState::approved:
      return page::tag(page, msg::exchange_state_approved(language), Tone::good);
    case registry::RequestState::refused:
      return page::tag(page, msg::exchange_state_refused(language), Tone::bad);
  }
}

/// Only on a platform that runs the registry.
void add_exchange(Pages& pages) {
  using page::access::exchange_operator;
  pages.get("/desk/exchange", exchange_operator, show);
  pages.post("/desk/exchange/requests", exchange_operator, upload, 128u << 10);
  add_exchange_requests(pages);
  add_exchange_members(pages);
  add_exchange_services(pages);
  add_exchange_rules(pages);
  add_exchange_groups(pages);
}

}  // namespace minben::desk
