// A signed double-submit token: the browser's anchor cookie and the form's field must fit together
// under our key, and the browser must not say that another site sent the form. The token also tells
// for whom the form was made, which outlives the session: that is what held forms rest on.
#include <spdlog/spdlog.h>

#include "site.hpp"

namespace minben::page {

namespace {

Bytes tagged(std::string_view label, std::string_view text) {
  Bytes bytes(label.begin(), label.end());
  bytes.push_back(0);
  bytes.insert(bytes.end(), text.begin(), text.end());
  return bytes;
}

Sha256 token_mac(const Site::Impl& site, std::string_view anchor, const OwnerTag& owner) {
  Bytes input = tagged("csrf", anchor);
  input.push_back(0);
  input.insert(input.end(), owner.begin(), owner.end());
  return hmac_sha256(site.form_key(), input);
}

/// Browsers tell where a request came from; one that says "elsewhere" is refused whatever its
/// token.
bool comes_from_here(const Site::Impl& site, const net::Request& request) {
  const std::string_view fetch_site = request.headers.get("Sec-Fetch-Site");
  if (!fetch_site.empty() && fetch_site != "same-origin" && fetch_site != "none") return false;
  const std::string_view origin = request.headers.get("Origin");
  if (origin.empty()) return true;
  const std::string_view scheme = site.secure ? "https://" : "http://";
  return origin == site.config.origin ||
         (origin.starts_with(scheme) &&
          origin.substr(scheme.size()) == request.headers.get("Host"));
}

}  // namespace

OwnerTag owner_tag(const Site::Impl& site, const std::optional<identity::Session>& session) {
  OwnerTag tag{};
  if (!session) return tag;
  std::string id =
      std::visit([](const auto& subject) { return to_string(subject); }, session->subject);
  // A form that was made for one is not sent for another.
  if (session->acting) id += " for " + to_string(session->acting->principal);
  const auto mac = hmac_sha256(site.form_key(), tagged("owner", id));
  std::copy_n(mac.begin(), tag.size(), tag.begin());
  return tag;
}

bool is_nobody(const OwnerTag& tag) { return tag == OwnerTag{}; }

std::string make_csrf(const Site::Impl& site, std::string_view anchor, const OwnerTag& owner) {
  Bytes token(owner.begin(), owner.end());
  const auto mac = token_mac(site, anchor, owner);
  token.insert(token.end(), mac.begin(), mac.end());
  return base64url_encode(token);
}

namespace {

std::optional<OwnerTag> owner_of_form(const Site::Impl& site, const net::Request& request,
                                      const Visitor& visitor) {
  if (visitor.anchor_is_new || !comes_from_here(site, request)) return std::nullopt;
  std::string_view given = request.headers.get("X-Minben-Csrf");
  if (given.empty()) given = request.form.get(csrf_field);
  const auto token = base64url_decode(given);
  OwnerTag owner{};
  if (!token || token->size() != owner.size() + 32) return std::nullopt;
  std::copy_n(token->begin(), owner.size(), owner.begin());
  const auto expected = token_mac(site, visitor.anchor, owner);
  const auto mac = std::span<const std::uint8_t>(*token).subspan(owner.size());
  if (!equal_in_constant_time(mac, expected)) return std::nullopt;
  return owner;
}

}  // namespace

std::optional<OwnerTag> check_csrf(const Site::Impl& site, const net::Request& request,
                                   const Visitor& visitor) {
  const auto owner = owner_of_form(site, request, visitor);
  if (!owner) spdlog::warn("refused: a form that is not ours");
  return owner;
}

}  // namespace minben::page
