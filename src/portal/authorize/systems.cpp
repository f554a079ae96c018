// On the account: the systems that may sign me in, and ending that.
#include "parts.hpp"

namespace minben::authorize {

namespace {

void system_row(Writer& rows, const Visit& visit, std::span<const page::Column> columns,
                const openid::Connected& system) {
  const Language language = visit.language;
  const std::string& name = system.name.in(language);
  page::stacked_row(rows, columns, [&](page::Cells& cells) {
    cells.head([&](Writer& p) { p << name; });
    cells.add([&](Writer& p) { scope_list(p, language, system.scopes); });
    cells.add(long_time(system.given_at, language));
    cells.add(long_time(system.used_at, language));
    cells.add([&](Writer& p) {
      page::form(p, visit, visit.url({"account", "systems", system.client_id, "end"}),
                 [&](Writer& f) {
                   page::button(f, {.text = std::string(msg::openid_systems_end(language)),
                                    .style = page::ButtonStyle::secondary,
                                    .about = name});
                 });
    });
  });
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(systems, parts.database.separately([&](store::Transaction& tx) {
    return parts.provider.connected(tx, visit.principal());
  }));
  Frame frame{.title = std::string(msg::openid_systems_title(language))};
  frame.back = page::Link{std::string(msg::back(language)), visit.url({"account"})};
  return html_page(visit, frame, [&](Writer& page) {
    page::heading(page, 1, msg::openid_systems_title(language), Size::l);
    page::paragraph(page, msg::openid_systems_text(language));
    if (systems.empty()) return page::paragraph(page, msg::openid_systems_none(language));
    const page::Column columns[] = {
        {std::string(msg::openid_systems_system(language)), false, true},
        {std::string(msg::openid_systems_gets(language))},
        {std::string(msg::openid_systems_given(language))},
        {std::string(msg::openid_systems_used(language))},
        {std::string(msg::openid_systems_action(language)), false, true}};
    page::table(page, msg::openid_systems_title(language), columns,
                [&](Writer& rows) {
                  for (const auto& system : systems) system_row(rows, visit, columns, system);
                },
                {.caption_hidden = true, .stacks = true});
  });
}

Result<net::Response> end(const Parts& parts, Visit& visit) {
  MINBEN_CHECK(parts.database.transact([&](store::Transaction& tx) {
    return parts.provider.disconnect(tx, visit.principal(), visit.request.parameter("client"));
  }));
  return page::redirect_with(visit, visit.url({"account", "systems"}), page::Notice::success,
                             msg::openid_systems_ended(visit.language));
}

}  // namespace

void add_systems(Pages& pages) {
  pages.get("/account/systems", page::access::for_data, show);
  pages.post("/account/systems/{client}/end", page::access::for_data, end, 4096);
}

}  // namespace minben::authorize
