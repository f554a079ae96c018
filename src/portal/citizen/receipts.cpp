// Anyone drops a receipt here, or a file of many. Where script runs, the browser checks it alone
// (web/islands/receipts.ts); elsewhere it is sent here, looked at, and kept nowhere.
#include <fstream>
#include <iterator>
#include <variant>

#include "ledger/witnessing.hpp"
#include "receipt_view.hpp"

namespace minben::citizen {

namespace {

constexpr std::size_t max_receipt = 1u << 20;   // bytes
constexpr std::size_t max_receipts = 4u << 20;  // of a file of many
constexpr std::size_t max_key = 4096;

struct Shown {
  std::string key;  ///< as it was sent, or the ledger's own
  std::string file_error = {};
  std::string key_error = {};
  std::string file_name = {};
  std::variant<std::monostate, Result<CheckedReceipt>, SeriesResult> found = {};
};

void upload_form(Writer& page, const Visit& visit, const Shown& shown) {
  const Language language = visit.language;
  const auto fields = [&](Writer& p) {
    p << "<div class=\"mb-drop\" data-drop>";
    page::file_upload(p, language,
                      {.name = "receipt",
                       .label = std::string(msg::receipts_label(language)),
                       .hint = std::string(msg::receipts_hint(language)),
                       .error = shown.file_error},
                      {.accept = {}, .max_bytes = max_receipts});
    p << "<p class=\"govuk-body mb-only-script\">" << msg::receipts_drop(language) << "</p></div>";
    page::details(p, msg::receipts_key(language), [&](Writer& d) {
      page::textarea(d, language,
                     {.name = "key",
                      .label = std::string(msg::receipts_key_label(language)),
                      .hint = std::string(msg::receipts_key_hint(language)),
                      .error = shown.key_error},
                     {.value = shown.key, .rows = 3});
    });
    page::button(p, {.text = std::string(msg::receipts_button(language)), .once = false});
  };
  page::form(page, visit, visit.url({"receipts"}), fields, true);
}

/// Of all logs of the ledger, one a line.
std::string own_key(const Parts& parts) { return std::string(trim(parts.ledger.vkeys())); }

/// As it was sent: forms end lines with CR LF.
std::string key_in(const net::Form& form) {
  std::string key(trim(form.get("key").substr(0, max_key)));
  std::erase(key, '\r');
  return key;
}

/// What the island judges witnesses by: the policy's text, for receipts of the ledger's own key.
std::string policy_text(const Parts& parts) {
  return parts.witnessing ? ledger::write_policy(parts.witnessing->policy(), ledger::Urls::without)
                          : std::string();
}

void found_in(Writer& page, const Visit& visit, const Shown& shown) {
  if (const auto* one = std::get_if<Result<CheckedReceipt>>(&shown.found))
    receipt_verdict(page, visit, shown.file_name, *one);
  if (const auto* many = std::get_if<SeriesResult>(&shown.found))
    series_verdict(page, visit, shown.file_name, *many);
}

net::Response receipts_page(const Parts& parts, const Visit& visit, const Shown& shown,
                            int status = 200) {
  const Language language = visit.language;
  Frame made = frame(visit, msg::receipts_title(language), Section::none);
  made.wide = true;  // the table of a file of many
  made.trail = {{std::string(msg::home(language)), visit.url({})},
                {std::string(msg::receipts_title(language)), visit.url({"receipts"})}};
  if (!shown.file_error.empty()) made.errors.push_back({"receipt", shown.file_error});
  if (!shown.key_error.empty()) made.errors.push_back({"key", shown.key_error});
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, msg::receipts_title(language), Size::l);
        page::paragraph(page, msg::receipts_text(language));
        page << "<div data-receipts data-words=\"" << receipt_words(visit) << "\" data-policy=\""
             << policy_text(parts) << "\" data-key=\"" << own_key(parts)
             << "\"><p class=\"govuk-body "
             << "mb-only-script\">" << msg::receipts_stays(language)
             << "</p><p class=\"govuk-body mb-only-plain\">" << msg::receipts_goes(language)
             << "</p>";
        upload_form(page, visit, shown);
        page << "<div data-verdict tabindex=\"-1\">";
        found_in(page, visit, shown);
        page << "</div></div><script type=\"module\" src=\""
             << visit.site.assets().url("receipts.js") << "\"></script>";
        page::heading(page, 2, msg::receipts_alone_title(language));
        page::paragraph(page, msg::receipts_alone_text(language));
        page << "<pre class=\"mb-command\"><code>minben receipt verify FILE --key "
                "ledger.vkey"
             << when(parts.witnessing != nullptr, " --policy ledger.policy")
             << "</code></pre><p class=\"govuk-body\"><a class=\"govuk-link\" "
                "href=\"/ledger/keys\" download=\"ledger.vkey\">"
             << msg::usage_check_key(language) << "</a></p>";
      },
      status);
}

Result<net::Response> show_receipts(const Parts& parts, Visit& visit) {
  return receipts_page(parts, visit, {.key = own_key(parts)});
}

const net::Upload* sent_file(const net::Form& form) {
  for (const net::Upload& upload : form.uploads)
    if (upload.field == "receipt" && upload.size > 0) return &upload;
  return nullptr;
}

Result<std::string> content_of(const net::Upload& upload) {
  std::ifstream file(upload.path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) return fail(Kind::unavailable, "unreadable", "an upload cannot be read");
  return text;
}

/// What judges witnesses; of a key from elsewhere this platform does not know them.
const ledger::Policy* policy_for(const Parts& parts, std::string_view key) {
  return parts.witnessing == nullptr || key != own_key(parts) ? nullptr
                                                              : &parts.witnessing->policy();
}

Result<ledger::Verdict> judged(const ledger::Policy& policy, const std::string& note) {
  auto verdict = ledger::judge(policy, note);
  if (verdict) return verdict;
  Error error = verdict.error();
  error.field = "checkpoint";
  return fail(std::move(error));
}

Result<CheckedReceipt> check_one(std::string_view text, std::string_view key,
                                 const ledger::Policy* policy) {
  MINBEN_TRY(receipt, ledger::verify_receipt(text, key));
  if (policy == nullptr) return CheckedReceipt{std::move(receipt)};
  MINBEN_TRY(verdict, judged(*policy, receipt.note));
  return CheckedReceipt{std::move(receipt), std::move(verdict)};
}

SeriesResult check_many(std::string_view text, std::string_view key, const ledger::Policy* policy) {
  auto series = ledger::check_receipts(text, key);
  if (!series) return std::unexpected(std::move(series).error());
  CheckedSeries checked{std::move(*series)};
  std::size_t at = 0;
  for (const ledger::VerifiedItem& item : checked.series.items) {
    ++at;
    if (policy == nullptr || !item.receipt || checked.verdicts.contains(item.receipt->note))
      continue;
    auto verdict = judged(*policy, item.receipt->note);
    if (!verdict) return std::unexpected(ledger::SeriesFault{verdict.error(), at});
    checked.verdicts.emplace(item.receipt->note, std::move(*verdict));
  }
  return checked;
}

/// Beside the field that is to blame, too.
void show_fault(Shown& shown, const Error& error, std::string text) {
  (error.field.empty() ? shown.key_error : shown.file_error) = std::move(text);
}

bool check_text(const Parts& parts, Language language, std::string_view text, Shown& shown) {
  const ledger::Policy* policy = policy_for(parts, shown.key);
  if (ledger::is_receipts_file(text)) {
    auto many = check_many(text, shown.key, policy);
    if (!many) show_fault(shown, many.error().error, wrong_text(language, many.error()));
    const bool good = many.has_value();
    shown.found = std::move(many);
    return good;
  }
  if (text.size() > max_receipt) {
    shown.file_error = receipt_word(language, "too_large");
    return false;
  }
  auto one = check_one(text, shown.key, policy);
  if (!one) show_fault(shown, one.error(), wrong_text(language, one.error()));
  const bool good = one.has_value();
  shown.found = std::move(one);
  return good;
}

Result<net::Response> check_receipt(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  const net::Form& form = visit.request.form;
  Shown shown{.key = key_in(form)};
  if (shown.key.empty()) shown.key = own_key(parts);
  bool good = false;
  const net::Upload* upload = sent_file(form);
  if (upload == nullptr) {
    shown.file_error = receipt_word(language, "no_file");
  } else if (upload->size > max_receipts) {
    shown.file_error = receipt_word(language, "too_large");
  } else {
    MINBEN_TRY(text, content_of(*upload));
    shown.file_name = upload->file_name;
    good = check_text(parts, language, text, shown);
  }
  return receipts_page(parts, visit, shown, good ? 200 : 422);
}

}  // namespace

void add_receipts(Pages& pages) {
  pages.get("/receipts", page::access::anyone, show_receipts);
  pages.post("/receipts", page::access::anyone, check_receipt, max_receipts + (64u << 10));
}

}  // namespace minben::citizen
