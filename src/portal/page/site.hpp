#pragma once
// Private: what the parts of the page room share.
#include <map>

#include "page.hpp"
#include "keys/keys.hpp"
#include "trust/trust.hpp"

namespace minben::page {

struct Meaning {
  identity::Realm realm;
  Check check;
};

inline Error error_of(Kind kind, std::string_view code) { return fail(kind, code).error(); }

struct Site::Impl {
  SiteConfig config;
  store::Database& database;
  identity::Identity& identity;
  const Clock& clock;
  Random& random;
  Assets assets;
  const keys::Keys& keys;
  bool secure;  ///< the origin is https
  std::map<std::string, Meaning, std::less<>> meanings = {};

  /// Of CSRF tokens and owner tags.
  [[nodiscard]] trust::Octets form_key() const { return keys.of(keys::Purpose::page_form).bytes(); }
  [[nodiscard]] std::string cookie_name(std::string_view name) const;
};

// ---- cookies

/// Names of our cookies without prefix.
namespace cookie {
inline constexpr std::string_view person = "minben";
inline constexpr std::string_view officer = "minben-desk";
inline constexpr std::string_view anchor = "minben-anchor";
inline constexpr std::string_view language = "minben-language";
inline constexpr std::string_view flash = "minben-flash";
inline constexpr std::string_view held = "minben-held";
}  // namespace cookie
std::string_view session_cookie(identity::Realm realm);
std::string_view read_cookie(const Site::Impl& site, const net::Request& request,
                             std::string_view name);
/// HttpOnly, SameSite=Lax, Path=/, Secure and __Host- on https. `max_age` 0: until the browser
/// closes.
void set_cookie(const Site::Impl& site, net::Response& response, std::string_view name,
                std::string_view value, seconds max_age = seconds{0});
void clear_cookie(const Site::Impl& site, net::Response& response, std::string_view name);

// ---- where a path belongs

/// "/en/desk/queue" → en, officer realm; nullopt outside the pages.
struct Place {
  Language language;
  identity::Realm realm;
  std::string_view rest;  ///< "/desk/queue"
};
std::optional<Place> place_of(std::string_view path);
Language preferred_language(const Site::Impl& site, const net::Request& request);
/// A program or a script asks, not somebody who would read a page.
bool wants_problem(const net::Request& request);

// ---- CSRF

/// 12 bytes that say whose form it is; zeros when nobody was signed in.
using OwnerTag = std::array<std::uint8_t, 12>;
OwnerTag owner_tag(const Site::Impl& site, const std::optional<identity::Session>& session);
bool is_nobody(const OwnerTag& tag);
std::string make_csrf(const Site::Impl& site, std::string_view anchor, const OwnerTag& owner);
/// The owner for whom the form was made; nullopt when the token or the request's origin is wrong.
std::optional<OwnerTag> check_csrf(const Site::Impl& site, const net::Request& request,
                                   const Visitor& visitor);
inline constexpr std::string_view csrf_field = "_csrf";

// ---- held forms

inline constexpr std::string_view held_field = "_held";
struct Held {
  std::string target;
  std::vector<std::pair<std::string, std::string>> fields;
  bool had_files = false;
};
/// When the visit sent one of our forms: seals it and gives its key to the browser.
void hold_form(const Visit& visit, net::Response& response);
/// not_found "nothing_held" also when it is somebody else's. A form that was made when nobody was
/// signed in belongs to whoever signs in in that browser.
Result<Held> find_held(const Site::Impl& site, std::string_view key, const OwnerTag& owner);
void forget_held(const Site::Impl& site, std::string_view key);
net::Response show_held(Visit& visit);
net::Response discard_held(Visit& visit);

// ---- passkeys

/// The box whose script performs a ceremony; see web/islands/passkey.ts.
struct PasskeyBox {
  enum class Mode { sign_in, enrol };
  Mode mode;
  Url options;
  Url finish;
  std::string return_to;
  std::string button;
};
void passkey_box(Writer& page, const Visit& visit, const PasskeyBox& box, Content fields = {});
/// A redirect for a script, which follows by itself: a fetch would follow without showing it.
net::Response for_script(const net::Response& redirected);

// ---- guard and finish

std::optional<net::Response> guard(const Site& site, const net::Route& route,
                                   net::Request& request);
void finish(const Site& site, const net::Request& request, net::Response& response);
net::Response outer_error(const Site& site, const net::Request& request, const Error& error);
void define_built_in(Site& site);

// ---- frame

/// Whether embedded_page made it.
bool stands_in_frames(const net::Response& response);

struct Flash {
  Notice kind = Notice::info;
  std::string text;
};
std::string pack_flash(const Site::Impl& site, const Flash& flash);
std::optional<Flash> read_flash(const Site::Impl& site, const net::Request& request);
void write_document(Writer& page, const Visit& visit, const Frame& frame,
                    const std::optional<Flash>& flash, Content content);
void mark(Writer& page);  ///< our own sign, as SVG

}  // namespace minben::page
