// "Nothing you typed is lost": a form that arrives after its session has ended is sealed under a
// key that only the browser gets, and waits for the same person to sign in again.
#include "messages/common.hpp"
#include "site.hpp"

namespace minben::page {

namespace {

using store::Query;
constexpr Query insert_held{"page_insert_held",
                            "insert into page.held_form (id, owner_tag, sealed, expires_at) "
                            "values ($1, $2, $3, $4)"};
constexpr Query clear_held{"page_clear_held", "delete from page.held_form where expires_at < $1"};
constexpr Query select_held{"page_select_held",
                            "select sealed from page.held_form "
                            "where id = $1 and owner_tag in ($2, $3) and expires_at >= $4"};
constexpr Query delete_held{"page_delete_held", "delete from page.held_form where id = $1"};

constexpr std::string_view context = "page.held";
constexpr std::size_t max_held_bytes = 1u << 20;
constexpr std::size_t max_anonymous_bytes = 64u << 10;

Bytes row_id(const trust::DataKey& key) {
  const auto id = hmac_sha256(key.bytes(), as_bytes("minben/page/held-id/1"));
  return {id.begin(), id.end()};
}

Result<trust::DataKey> key_of(std::string_view cookie) {
  const auto bytes = base64url_decode(cookie);
  if (!bytes) return fail(Kind::not_found, "nothing_held");
  return trust::DataKey::from_bytes(*bytes);
}

std::string to_text(const net::Request& request) {
  JsonArray fields;
  for (const auto& [name, value] : request.form.fields())
    if (name != csrf_field && name != held_field) fields.push_back(JsonArray{name, value});
  const bool files = !request.form.uploads.empty();
  return write_json(JsonObject{{"target", request.target}, {"fields", fields}, {"files", files}});
}

Result<Held> from_text(std::string_view text) {
  MINBEN_TRY(json, parse_json(text));
  Held held;
  MINBEN_TRY(target, get_string(json, "target"));
  held.target = target;
  MINBEN_TRY(files, get_bool(json, "files"));
  held.had_files = files;
  for (const Json& field : json.at("fields").as_array())
    held.fields.emplace_back(field.at(0).as_string(), field.at(1).as_string());
  return held;
}

Result<void> save(const Site::Impl& site, const trust::DataKey& key, const OwnerTag& owner,
                  std::string_view text) {
  MINBEN_TRY(sealed, trust::seal(key, as_bytes(text), context, site.random));
  const Instant now = site.clock.now();
  return site.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_CHECK(tx.run(clear_held, now));
    MINBEN_CHECK(tx.run(insert_held, row_id(key), Bytes(owner.begin(), owner.end()), sealed,
                        now + site.config.hold_lifetime));
    return {};
  });
}

}  // namespace

void hold_form(const Visit& visit, net::Response& response) {
  const Site::Impl& site = visit.site.impl();
  if (visit.request.method != net::Method::post) return;
  const auto owner = check_csrf(site, visit.request, visit.visitor);
  const std::string text = to_text(visit.request);
  if (!owner || text.size() > (is_nobody(*owner) ? max_anonymous_bytes : max_held_bytes)) return;
  const auto key = trust::DataKey::generate(site.random);
  if (!save(site, key, *owner, text)) return;
  set_cookie(site, response, cookie::held, base64url_encode(key.bytes()),
             site.config.hold_lifetime);
}

Result<Held> find_held(const Site::Impl& site, std::string_view cookie, const OwnerTag& owner) {
  MINBEN_TRY(key, key_of(cookie));
  const Bytes nobody(owner.size(), 0);
  MINBEN_TRY(rows, site.database.run(select_held, row_id(key), Bytes(owner.begin(), owner.end()),
                                     nobody, site.clock.now()));
  if (rows.empty()) return fail(Kind::not_found, "nothing_held");
  MINBEN_TRY(text, trust::open(key, rows.front().bytes("sealed"), context));
  return from_text(as_text(text));
}

void forget_held(const Site::Impl& site, std::string_view cookie) {
  const auto key = key_of(cookie);
  if (!key) return;
  // What cannot be deleted now expires by itself.
  (void)site.database.run(delete_held, row_id(*key));
}

namespace {

Url start_of(const Visit& visit) {
  return visit.session().officer ? visit.url({"desk"}) : visit.url({"cases"});
}

net::Response nothing_held(const Visit& visit) {
  const Language language = visit.language;
  return html_page(visit, {.title = std::string(msg::held_gone_title(language))},
                   [&](Writer& page) {
                     heading(page, 1, msg::held_gone_title(language), Size::l);
                     paragraph(page, msg::held_gone_explained(language));
                     link_button(page, msg::continue_on(language), start_of(visit));
                   });
}

void send_form(Writer& page, const Visit& visit, const Held& held, const Url& target) {
  form(page, visit, target, [&](Writer& p) {
    for (const auto& [name, value] : held.fields) hidden(p, name, value);
    hidden(p, held_field, "yes");
    button(p, msg::held_send(visit.language));
  });
}

Url discard_address(const Visit& visit) {
  return visit.session().officer ? visit.url({"desk", "held", "discard"})
                                 : visit.url({"held", "discard"});
}

}  // namespace

net::Response show_held(Visit& visit) {
  const Site::Impl& site = visit.site.impl();
  const auto held = find_held(site, read_cookie(site, visit.request, cookie::held),
                              owner_tag(site, visit.visitor.session));
  if (!held) return nothing_held(visit);
  const auto target = Url::same_site(held->target);
  if (!target) return nothing_held(visit);
  const Language language = visit.language;
  return html_page(visit, {.title = std::string(msg::held_title(language))}, [&](Writer& page) {
    heading(page, 1, msg::held_title(language), Size::l);
    paragraph(page, msg::held_explained(language));
    if (held->had_files) warning_text(page, language, msg::held_files(language));
    send_form(page, visit, *held, *target);
    form(page, visit, discard_address(visit), [&](Writer& p) {
      button(p,
             {.text = std::string(msg::held_discard(language)), .style = ButtonStyle::secondary});
    });
  });
}

net::Response discard_held(Visit& visit) {
  const Site::Impl& site = visit.site.impl();
  forget_held(site, read_cookie(site, visit.request, cookie::held));
  net::Response response = redirect(start_of(visit));
  clear_cookie(site, response, cookie::held);
  return response;
}

}  // namespace minben::page
