#pragma once
// What all pages share: who is visiting, the guard on every route, forms that cannot be forged, the
// frame around a page, and addresses in two languages. Rooms of the portal add routes on top of it.
//
// Addresses: every page lives below its language, /zh-Hant/… and /en/…, so that a link shows what
// it showed to whoever sent it and the language switch is a plain link. "/" leads to the visitor's
// language (cookie, then Accept-Language, then zh-Hant). Officers' pages live below
// /<language>/desk.
//
// Order on a request: net routes → guard (session, access, CSRF, held forms) → handler → finish
// (security headers, cookies). Site is thread-safe after the last define().
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"
#include "identity/identity.hpp"
#include "net/net.hpp"
#include "page/components.hpp"
#include "page/html.hpp"
#include "store/store.hpp"

namespace minben::page {

/// Of this room (held forms); apply after identity's.
std::span<const store::Migration> migrations();

// ----------------------------------------------------------------------------------- access

/// Who may call a route. `applicant_of_case` and `officer_of_case` look at the parameter {case} and
/// get their meaning from Site::define; the others are defined here.
namespace access {
inline constexpr net::Access anyone{"anyone"};
inline constexpr net::Access signed_in{"signed_in"};  ///< a person for themselves, any assurance
/// A person, or who acts for one under a mandate that covers it: see Visit::principal().
inline constexpr net::Access for_services{"for_services"};
inline constexpr net::Access for_data{"for_data"};
/// A person, whomever they act for.
inline constexpr net::Access also_acting{"also_acting"};
inline constexpr net::Access signed_in_strongly{"signed_in_strongly"};  ///< at least substantial
inline constexpr net::Access applicant_of_case{"applicant_of_case"};
inline constexpr net::Access officer{"officer"};  ///< any active officer
inline constexpr net::Access officer_of_case{"officer_of_case"};
inline constexpr net::Access team_lead{"team_lead"};
inline constexpr net::Access service_owner{"service_owner"};
inline constexpr net::Access administrator{"administrator"};
inline constexpr net::Access exchange_operator{"exchange_operator"};
inline constexpr net::Access data_protection_officer{"data_protection_officer"};
inline constexpr net::Access data_steward{"data_steward"};
/// The caller is a program that proves itself in the handler (signature, certificate); no cookies,
/// so no CSRF check.
inline constexpr net::Access machine{"machine"};
}  // namespace access

/// What the guard learnt; request.caller of every request that reached a handler.
struct Visitor final : net::Caller {
  Language language = Language::zh_hant;
  std::optional<identity::Session> session;  ///< of the realm the path belongs to
  std::string token;                         ///< the session cookie's value, "" when there is none
  bool session_expired = false;              ///< there was a session not long ago
  std::optional<Error> session_unknown;  ///< there is a cookie, but the database did not say whose
  std::string anchor;                    ///< random, per browser; what CSRF tokens are bound to
  bool anchor_is_new = false;
  bool sent_held_form = false;  ///< this request was a held form: it is not kept any longer
};
const Visitor& visitor(const net::Request& request);

/// Returns an error to refuse: unauthorised leads to sign-in, others to an error page. Called only
/// with a session of `realm` present.
using Check = std::function<Result<void>(const net::Request&, const identity::Session&)>;

// ------------------------------------------------------------------------------------ visits

class Site;

/// One request as page handlers see it.
struct Visit {
  const net::Request& request;
  const Visitor& visitor;
  const Site& site;
  Language language;

  [[nodiscard]] const identity::Session& session() const { return *visitor.session; }
  /// Who signed in.
  [[nodiscard]] const PersonId& person() const { return *session().person(); }
  /// Whose matters the page is about: of who signed in, or of whom they act for.
  [[nodiscard]] const PersonId& principal() const { return session().principal(); }
  [[nodiscard]] const identity::Officer& officer() const { return *session().officer; }
  [[nodiscard]] bool signed_in() const { return visitor.session.has_value(); }
  /// "/<language>/parts…"
  [[nodiscard]] Url url(std::initializer_list<std::string_view> parts) const {
    return Url::page(language, parts);
  }
  /// The agency's name in this language; its code when nobody configured a name.
  [[nodiscard]] std::string agency(const AgencyCode& code) const;
  /// "內政部移民署、勞動部勞動力發展署" / "NIA, WDA"; "" for none.
  [[nodiscard]] std::string agencies(std::span<const AgencyCode> codes) const;
  /// The {name} of the path as an id, or not_found.
  template <class I>
  [[nodiscard]] Result<I> id(std::string_view name) const {
    auto parsed = I::parse(request.parameter(name));
    if (!parsed) return fail(Kind::not_found, "no_such_page");
    return parsed;
  }
};
using PageHandler = std::function<net::Response(Visit&)>;

/// Adds each page below both languages. Patterns are net's, without the language: "/cases/{case}".
class PageRoutes {
 public:
  explicit PageRoutes(const Site& site) : site_(site) {}
  void get(std::string_view pattern, net::Access access, PageHandler handler);
  /// CSRF was checked by the guard when the handler runs.
  void post(std::string_view pattern, net::Access access, std::size_t max_body,
            PageHandler handler);
  [[nodiscard]] std::vector<net::Route> take() { return std::move(routes_); }

 private:
  void add(net::Method method, std::string_view pattern, net::Access access, std::size_t max_body,
           const PageHandler& handler);
  const Site& site_;
  std::vector<net::Route> routes_;
};

/// Adds pages that are plain functions of what all pages of a room share (`Parts`, which has the
/// member `site`). An error becomes the page that `refused` makes of it.
template <class Parts>
class PagesOf {
 public:
  using Handler = Result<net::Response> (*)(const Parts&, Visit&);
  using Refused = net::Response (*)(Visit&, const Error&);

  PagesOf(std::shared_ptr<const Parts> parts, Refused refused)
      : parts_(std::move(parts)), refused_(refused), routes_(parts_->site) {}
  void get(std::string_view pattern, net::Access access, Handler handler) {
    routes_.get(pattern, access, as_page(handler));
  }
  void post(std::string_view pattern, net::Access access, Handler handler,
            std::size_t max_body = 64u << 10) {
    routes_.post(pattern, access, max_body, as_page(handler));
  }
  [[nodiscard]] std::vector<net::Route> take() { return routes_.take(); }

 private:
  PageHandler as_page(Handler handler) const {
    return [parts = parts_, refused = refused_, handler](Visit& visit) -> net::Response {
      auto response = handler(*parts, visit);
      return response ? std::move(*response) : refused(visit, response.error());
    };
  }

  std::shared_ptr<const Parts> parts_;
  Refused refused_;
  PageRoutes routes_;
};

// ------------------------------------------------------------------------------------- frame

struct NavigationItem {
  std::string text;
  Url url;
  bool current = false;
};

/// Everything around the content of a page.
struct Frame {
  std::string title;              ///< in the browser's title; "Error: " is added by `errors`
  std::string service_name = {};  ///< beside the mark, e.g. the officers' desk
  std::vector<NavigationItem> navigation = {};
  std::optional<Link> back = {};
  std::vector<Link> trail = {};        ///< breadcrumbs; instead of back
  std::vector<ErrorLine> errors = {};  ///< writes the error summary
  bool wide = false;                   ///< the whole width (tables, side-by-side views)
  bool diagram = false;                ///< loads the script and style that show a BPMN diagram
};

/// A whole page. `content` writes what is inside <main>, below error summary and flash message.
net::Response html_page(const Visit& visit, const Frame& frame, Content content, int status = 200);

/// POST form with its CSRF token. `files`: multipart/form-data.
void form(Writer& page, const Visit& visit, const Url& action, Content content, bool files = false);
/// The token for scripts, as value of an attribute; they send it back in X-Minben-Csrf.
std::string csrf_token(const Visit& visit);

/// 303.
net::Response redirect(const Url& to);
/// 303, and `text` in a notification banner on the next page that is shown.
net::Response redirect_with(const Visit& visit, const Url& to, Notice kind, std::string_view text);

/// A file to keep, never shown inside our pages' origin: own name, no sniffing, sandboxed.
net::Response download(std::string content, std::string_view media_type,
                       std::string_view file_name);

/// A page for an error: what happened and what one can do, by its kind. Never its detail.
net::Response error_page(const Visit& visit, const Error& error);
/// "legal guardian", "representative of the company", "by mandate".
std::string_view mandate_kind(Language language, identity::MandateKind kind);
/// What a code says to a person; a general sentence for codes without a text.
std::string error_text(Language language, std::string_view code);

/// The form's date as typed and as "YYYY-MM-DD" ("" when all parts are empty), however the numbers
/// were padded. Not checked to exist.
DateParts date_parts(const net::Form& form, std::string_view name);
std::string date_text(const DateParts& parts);
DateParts split_date(std::string_view iso);

// -------------------------------------------------------------------------------------- site

/// As people know them.
using AgencyNames = std::map<AgencyCode, Bilingual>;

struct SiteConfig {
  std::string origin;                      ///< "http://localhost:8080"; https makes __Host- cookies
  std::filesystem::path static_directory;  ///< with manifest.json, as web/build.sh writes it
  bool demonstration = false;              ///< a banner says that persons and cases are invented
  AgencyNames agencies = {};
  /// Instead of `agencies`, where they change while the site runs: asked at each use, so it is
  /// cheap and thread-safe.
  std::function<std::shared_ptr<const AgencyNames>()> present_agencies = {};
  std::vector<std::string> redirect_origins = {};  ///< sites a form may lead on to (the payment
                                                   ///< provider), for form-action in the CSP
  /// Ids and names of other providers that people may sign in with.
  std::vector<std::pair<std::string, Bilingual>> outside_providers = {};
  bool citizen_certificates = false;  ///< people may sign in with one
  bool mobile_approval = false;       ///< likewise
  bool health_cards = false;          ///< likewise
  minutes hold_lifetime{60};          ///< how long a form waits for a new sign-in
};

/// Files below /static with content-hashed names (kept a year by browsers) and ETags.
class Assets {
 public:
  static Result<Assets> load(const std::filesystem::path& directory);
  /// "minben.css" → "/static/minben-3f2a….css"; a name that is not in the manifest stops the
  /// process.
  [[nodiscard]] Url url(std::string_view name) const;
  [[nodiscard]] net::Route route() const;

 private:
  std::filesystem::path directory_;
  std::vector<std::pair<std::string, std::string>> names_;
};

class Site {
 public:
  /// All references must outlive the site. All nodes have the same keys for CSRF and notices, and
  /// so accept each other's.
  static Result<std::unique_ptr<Site>> open(SiteConfig config, store::Database& database,
                                            identity::Identity& identity, const keys::Keys& keys,
                                            const Clock& clock, Random& random);
  ~Site();

  /// Gives an access its meaning. Before start; a second meaning stops the process.
  void define(net::Access access, identity::Realm realm, Check check);
  /// Routes whose access has no meaning: the program must not start with any.
  [[nodiscard]] Errors undefined(std::span<const net::Route> routes) const;
  /// Guard, finish and error pages for net::Server. They refer to this site.
  [[nodiscard]] net::Server::Hooks hooks() const;
  /// "/", static files, and the page that continues a held form.
  [[nodiscard]] std::vector<net::Route> routes() const;

  /// After a successful ceremony: sets the session cookie of the realm and leads to the held form
  /// if there is one of the same subject, else to `return_to`, else to the realm's first page.
  [[nodiscard]] net::Response signed_in(const Visit& visit, const identity::SignedIn& signed_in,
                                        std::string_view return_to) const;
  /// Ends the session and its cookie.
  [[nodiscard]] net::Response sign_out(const Visit& visit, const Url& to) const;
  /// To the sign-in page of the realm, and back here afterwards. A form that was sent is held
  /// meanwhile. `strongly`: a passkey is needed.
  [[nodiscard]] net::Response to_sign_in(const Visit& visit, identity::Realm realm,
                                         bool strongly = false) const;

  [[nodiscard]] const SiteConfig& config() const;
  /// Those of now; never null.
  [[nodiscard]] std::shared_ptr<const AgencyNames> agencies() const;
  [[nodiscard]] const Assets& assets() const;
  [[nodiscard]] Instant now() const;

  struct Impl;
  [[nodiscard]] const Impl& impl() const { return *impl_; }

 private:
  explicit Site(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace minben::page
