// Anyone drops a receipt here. Where script runs, the browser checks it alone
// (web/islands/receipts.ts, which shows the same as this file); elsewhere it is sent here, looked
// at, and kept nowhere.
#include <fstream>
#include <iterator>

#include "ledger/ledger.hpp"
#include "ledger/witnessing.hpp"
#include "parts.hpp"

namespace minben::citizen {

namespace {

using ledger::Verdict;
using ledger::VerifiedReceipt;

constexpr std::size_t max_receipt = 1u << 20;
constexpr std::size_t max_key = 4096;

/// In the order in which they are checked.
constexpr std::string_view checked_parts[] = {"receipt", "checkpoint", "proof", "leaf", "content"};

/// Members of what receipts are about, beside those that only machines read.
constexpr std::string_view content_words[] = {
    "usage",        "kind",      "at",           "agency",          "provider",
    "officer_role", "fields",    "purpose_code", "purpose",         "legal_basis",
    "case",         "consent",   "exchange",     "gateway",         "consumer",
    "service",      "method",    "status",       "exchange_id",     "request_hash",
    "sequence",     "state",     "assurance",    "expires_at",      "terms",
    "title",        "recipient", "event",        "response_sha256", "number",
    "after"};
/// What some members may be.
constexpr std::string_view value_words[] = {"fetched",   "viewed",  "requested", "granted",
                                            "withdrawn", "refused", "expired"};
constexpr std::string_view type_words[] = {"usage", "consent", "case", "payment"};
constexpr std::string_view page_words[] = {
    "short",      "short_text",  "witnesses",  "quorum",     "no_quorum",   "valid",
    "valid_text", "not_valid",   "good",       "bad",        "unseen",      "parts",
    "what",       "when",        "ledger",     "entry",      "size",        "root",
    "content",    "by_browser",  "no_crypto",  "no_file",    "too_large",   "code",
    "wrong_key",  "wrong_other", "file_name",  "unreadable", "bad_receipt", "bad_checkpoint",
    "bad_proof",  "bad_leaf",    "bad_content"};

std::string word(Language language, std::string_view key) {
  const auto text = msg::find_in_citizen(language, "receipts_" + std::string(key));
  return std::string(text.value_or(key));
}

/// "payment.paid" is a payment.
std::string type_text(Language language, std::string_view type) {
  const auto text = msg::find_in_citizen(
      language, "receipts_type_" + std::string(type.substr(0, type.find('.'))));
  return text ? std::string(*text) : std::string(type);
}

std::string key_text(Language language, std::string_view key) {
  const auto text = msg::find_in_citizen(language, "receipts_key_" + std::string(key));
  return text ? std::string(*text) : std::string(key);
}

/// Everything the island says, so that both say the same.
std::string words(const Visit& visit) {
  const Language language = visit.language;
  JsonObject all;
  for (const std::string_view key : page_words) all[key] = word(language, key);
  for (const std::string_view part : checked_parts)
    all["part_" + std::string(part)] = word(language, "part_" + std::string(part));
  JsonObject types;
  for (const std::string_view type : type_words) types[type] = type_text(language, type);
  JsonObject keys;
  for (const std::string_view key : content_words) keys[key] = key_text(language, key);
  JsonObject values;
  for (const std::string_view value : value_words)
    values[value] = word(language, "value_" + std::string(value));
  JsonObject agencies;
  for (const auto& [code, name] : visit.site.config().agencies)
    agencies[code.value] = name.in(language);
  all["types"] = std::move(types);
  all["keys"] = std::move(keys);
  all["values"] = std::move(values);
  all["agencies"] = std::move(agencies);
  return write_json(all);
}

// ------------------------------------------------------------------------- content in words

std::string value_text(const Visit& visit, const Json& value);

std::string joined(const Visit& visit, const JsonArray& items) {
  std::string text;
  for (const Json& item : items) {
    if (!text.empty()) text += visit.language == Language::zh_hant ? "、" : ", ";
    text += value_text(visit, item);
  }
  return text;
}

/// Texts in both languages, and fields with their titles, are read as people know them.
std::string object_text(const Visit& visit, const Json& value) {
  if (find(value, "zh-Hant") != nullptr && find(value, "en") != nullptr)
    return string_or(value, language_tag(visit.language));
  if (const Json* title = find(value, "title"); title != nullptr && find(value, "name") != nullptr)
    if (std::string text = value_text(visit, *title); !text.empty()) return text;
  if (const std::string name = string_or(value, "name"); !name.empty()) return name;
  return write_json(value);
}

std::string value_text(const Visit& visit, const Json& value) {
  if (value.is_object()) return object_text(visit, value);
  if (value.is_array()) return joined(visit, value.get_array());
  if (!value.is_string()) return write_json(value);
  const std::string text(value.get_string());
  const auto& agencies = visit.site.config().agencies;
  if (const auto agency = agencies.find(AgencyCode{text}); agency != agencies.end())
    return agency->second.in(visit.language);
  if (const auto at = parse_instant(text)) return long_time(*at, visit.language);
  const auto known = msg::find_in_citizen(visit.language, "receipts_value_" + text);
  return known ? std::string(*known) : text;
}

bool has_rows(const Json& value) {
  return value.is_object() && find(value, "en") == nullptr && find(value, "name") == nullptr;
}

void content_rows(Writer& rows, const Visit& visit, const Json& content, int depth = 0) {
  if (!content.is_object()) {
    page::summary_row(rows, word(visit.language, "content"), value_text(visit, content));
    return;
  }
  for (const auto& member : content.get_object()) {
    const Json& value = member.value();
    if (has_rows(value) && depth < 3) content_rows(rows, visit, value, depth + 1);
    else if (std::string text = value_text(visit, value); !text.empty())
      page::summary_row(rows, key_text(visit.language, member.key()), text);
  }
}

// --------------------------------------------------------------------------------- verdicts

/// What is wrong, in words; the code is for whoever wants to look it up.
std::string wrong_text(Language language, const Error& error) {
  if (error.code == "not_a_verifier_key") return word(language, "wrong_key");
  return word(language, error.field.empty() ? "wrong_other" : "bad_" + error.field);
}

/// A proof that cannot be read is found before the checkpoint is looked at.
bool came_before(std::string_view part, const Error& error) {
  if (error.code == "not_a_tlog_proof") return part == "receipt";
  const auto at = std::ranges::find(checked_parts, error.field);
  return at != std::end(checked_parts) && std::ranges::find(checked_parts, part) < at;
}

void part_rows(Writer& page, Language language, const Error* error) {
  page::summary_list(page, [&](Writer& rows) {
    for (const std::string_view part : checked_parts)
      page::summary_row(rows, word(language, "part_" + std::string(part)), [&](Writer& value) {
        if (error == nullptr || came_before(part, *error))
          page::tag(value, word(language, "good"), Tone::good);
        else if (part == error->field) page::tag(value, word(language, "bad"), Tone::bad);
        else page::tag(value, word(language, "unseen"));
      });
  });
}

/// A receipt that holds, and with the ledger's own key who has witnessed it.
struct Checked {
  VerifiedReceipt receipt;
  std::optional<Verdict> witnesses = {};
  [[nodiscard]] bool short_of_quorum() const { return witnesses && !witnesses->quorum; }
};

void proven_rows(Writer& rows, const Visit& visit, const Checked& checked) {
  const Language language = visit.language;
  const VerifiedReceipt& receipt = checked.receipt;
  if (checked.witnesses)
    page::summary_row(rows, word(language, "witnesses"), [&](Writer& value) {
      const bool quorum = checked.witnesses->quorum;
      page::tag(value, word(language, quorum ? "quorum" : "no_quorum"),
                quorum ? Tone::good : Tone::warn);
      value << fmt::format(" {} / {}", checked.witnesses->cosigned(),
                           checked.witnesses->witnesses.size());
    });
  page::summary_row(rows, word(language, "what"), type_text(language, receipt.claim.type));
  page::summary_row(rows, word(language, "when"), long_time(receipt.claim.at, language));
  page::summary_row(rows, word(language, "ledger"), receipt.checkpoint.origin);
  page::summary_row(rows, word(language, "entry"), std::to_string(receipt.index));
  page::summary_row(rows, word(language, "size"), std::to_string(receipt.checkpoint.size));
  page::summary_row(rows, word(language, "root"), base64_encode(receipt.checkpoint.root));
}

void verdict(Writer& page, const Visit& visit, std::string_view file_name,
             const Result<Checked>& checked) {
  const Language language = visit.language;
  const bool lacks = checked && checked->short_of_quorum();
  page << "<section class=\"mb-verdict" << when(!checked, " mb-verdict--bad")
       << when(lacks, " mb-verdict--short")
       << "\" aria-labelledby=\"verdict\"><h2 class=\"govuk-heading-m\" id=\"verdict\">"
       << word(language, lacks     ? "short"
                         : checked ? "valid"
                                   : "not_valid")
       << "</h2><p class=\"govuk-body mb-file-name\">" << file_name << "</p>";
  page::paragraph(page, checked ? word(language, lacks ? "short_text" : "valid_text")
                                : wrong_text(language, checked.error()));
  if (!checked) page::hint(page, word(language, "code") + " " + checked.error().code);
  page::heading(page, 3, word(language, "parts"), Size::s);
  part_rows(page, language, checked ? nullptr : &checked.error());
  if (checked) {
    page::summary_list(page, [&](Writer& rows) { proven_rows(rows, visit, *checked); });
    page::heading(page, 3, word(language, "content"), Size::s);
    page::summary_list(
        page, [&](Writer& rows) { content_rows(rows, visit, checked->receipt.claim.content); });
  }
  page << "</section>";
}

// ------------------------------------------------------------------------------------- page

struct Shown {
  std::string key;  ///< as it was sent, or the ledger's own
  std::string file_error = {};
  std::string key_error = {};
  std::string file_name = {};
  std::optional<Result<Checked>> receipt = {};
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
                      {.accept = {}, .max_bytes = max_receipt});
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

net::Response receipts_page(const Parts& parts, const Visit& visit, const Shown& shown,
                            int status = 200) {
  const Language language = visit.language;
  Frame made = frame(visit, msg::receipts_title(language), Section::none);
  made.trail = {{std::string(msg::home(language)), visit.url({})},
                {std::string(msg::receipts_title(language)), visit.url({"receipts"})}};
  if (!shown.file_error.empty()) made.errors.push_back({"receipt", shown.file_error});
  if (!shown.key_error.empty()) made.errors.push_back({"key", shown.key_error});
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, msg::receipts_title(language), Size::l);
        page::paragraph(page, msg::receipts_text(language));
        page << "<div data-receipts data-words=\"" << words(visit) << "\" data-policy=\""
             << policy_text(parts) << "\" data-key=\"" << own_key(parts)
             << "\"><p class=\"govuk-body "
             << "mb-only-script\">" << msg::receipts_stays(language)
             << "</p><p class=\"govuk-body mb-only-plain\">" << msg::receipts_goes(language)
             << "</p>";
        upload_form(page, visit, shown);
        page << "<div data-verdict tabindex=\"-1\">";
        if (shown.receipt) verdict(page, visit, shown.file_name, *shown.receipt);
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

/// Of a key from elsewhere this platform does not know the witnesses.
Result<Checked> checked(const Parts& parts, std::string_view text, std::string_view key) {
  MINBEN_TRY(receipt, ledger::verify_receipt(text, key));
  if (parts.witnessing == nullptr || key != own_key(parts)) return Checked{std::move(receipt)};
  auto verdict = ledger::judge(parts.witnessing->policy(), receipt.note);
  if (!verdict) {
    Error error = verdict.error();
    error.field = "checkpoint";
    return fail(std::move(error));
  }
  return Checked{std::move(receipt), std::move(*verdict)};
}

Result<net::Response> check_receipt(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  const net::Form& form = visit.request.form;
  Shown shown{.key = key_in(form)};
  if (shown.key.empty()) shown.key = own_key(parts);
  const net::Upload* upload = sent_file(form);
  if (upload == nullptr) {
    shown.file_error = word(language, "no_file");
  } else if (upload->size > max_receipt) {
    shown.file_error = word(language, "too_large");
  } else {
    MINBEN_TRY(text, content_of(*upload));
    shown.file_name = upload->file_name;
    shown.receipt = checked(parts, text, shown.key);
    if (!*shown.receipt) {
      const Error& error = shown.receipt->error();
      (error.field.empty() ? shown.key_error : shown.file_error) = wrong_text(language, error);
    }
  }
  const bool good = shown.receipt && shown.receipt->has_value();
  return receipts_page(parts, visit, shown, good ? 200 : 422);
}

}  // namespace

void add_receipts(Pages& pages) {
  pages.get("/receipts", page::access::anyone, show_receipts);
  pages.post("/receipts", page::access::anyone, check_receipt, max_receipt + (64u << 10));
}

}  // namespace minben::citizen
