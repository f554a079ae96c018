#include "mails.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace minben::casework {

namespace {

struct Words {
  std::string_view what;
  std::string_view zh_hant;
  std::string_view en;
};

constexpr std::array<Words, 11> sentences{{
    {"submitted", "我們已收到您的申請。", "We have received your application."},
    {"paid", "規費已入帳，審查開始。", "Your fee has arrived and the review has begun."},
    {"supplement", "承辦機關請您補件，請於期限內補正。",
     "The agency asks you for more. Please answer before the deadline."},
    {"reminder", "提醒您：補件期限將屆。", "A reminder: the deadline for your answer is near."},
    {"message", "您的案件有一則新訊息。", "There is a new message about your application."},
    {"approved", "您的申請已核准。", "Your application has been approved."},
    {"refused", "您的申請已有決定，請登入查看理由及救濟方式。",
     "Your application has been decided. Sign in to read the reasons and how to appeal."},
    {"withdrawn", "您的申請已依您的請求撤回。",
     "Your application has been withdrawn, as you asked."},
    {"closed", "您的申請已結案。", "Your application has been closed."},
    {"expired", "您的核准文件已逾有效期限。", "The document issued to you is no longer valid."},
    {"", "您的案件有新進度。", "There is news about your application."},
}};

const Words& words_for(std::string_view what) {
  const auto* found = std::ranges::find(sentences, what, &Words::what);
  return found == sentences.end() ? sentences.back() : *found;
}

}  // namespace

identity::OutgoingMail mail_about(std::string_view what, Language language,
                                  std::string_view service, std::string_view number,
                                  std::string_view link) {
  const auto& words = words_for(what);
  identity::OutgoingMail mail;
  if (language == Language::zh_hant) {
    mail.subject = fmt::format("{}：申請案 {}", service, number);
    mail.text = fmt::format("{}\n\n申請案號：{}\n查看案件：{}\n\n本信由系統發出，請勿回覆。\n",
                            words.zh_hant, number, link);
  } else {
    mail.subject = fmt::format("{}: application {}", service, number);
    mail.text = fmt::format(
        "{}\n\nApplication number: {}\nRead on: {}\n\nPlease do not answer this message.\n",
        words.en, number, link);
  }
  return mail;
}

}  // namespace minben::casework
