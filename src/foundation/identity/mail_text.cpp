#include "mail_text.hpp"

#include <fmt/format.h>

namespace minben::identity {

OutgoingMail code_mail(std::string_view to, std::string_view platform, std::string_view code,
                       minutes lifetime, Language language) {
  OutgoingMail mail;
  mail.to = to;
  if (language == Language::en) {
    mail.subject = fmt::format("{} is your {} sign-in code", code, platform);
    mail.text = fmt::format(
        "Your sign-in code is\n\n    {}\n\nIt is valid for {} minutes and works once. Type it only "
        "on the "
        "page where you asked for it.\nNobody from the government will ever ask you for it. If you "
        "did not "
        "ask for it, you need not do anything.\n",
        code, lifetime.count());
    return mail;
  }
  mail.subject = fmt::format("{} 是您的 {} 登入驗證碼", code, platform);
  mail.text = fmt::format(
      "您的登入驗證碼是\n\n    {}\n\n驗證碼 {} "
      "分鐘內有效，只能使用一次。請只在您要求驗證碼的頁面輸入。\n"
      "任何機關人員都不會向您索取驗證碼。若您沒有要求登入，請忽略這封信。\n",
      code, lifetime.count());
  return mail;
}

namespace {

/// " (https://…/en/account)" or nothing.
std::string account_page(const Platform& platform, Language language) {
  if (platform.address.empty()) return {};
  const std::string address =
      fmt::format("{}/{}/account", platform.address, language_tag(language));
  return language == Language::en ? " (" + address + ")" : "（" + address + "）";
}

std::string started_in_english(const Platform& platform, const Recovery& recovery, bool soon) {
  const std::string opens = long_time(recovery.opens_at, Language::en);
  return fmt::format(
      "{}From {} on, whoever signs in with a code sent to this address may create a new "
      "passkey,\nuntil {}. All earlier passkeys then stop working.\n\nIf it was not you, stop it "
      "now: sign in with a passkey you still have and press “Stop the recovery”,\nwhich every page "
      "then shows, or sign in with a code and stop it in My account{}.\nThen change the password "
      "of "
      "your mailbox: somebody else can read it.\n",
      soon
          ? "The waiting time is nearly over.\n\n"
          : "Somebody signed in with a code sent to this address and said that all passkeys of the "
            "account are lost.\n\n",
      opens, long_time(recovery.closes_at, Language::en), account_page(platform, Language::en));
}

std::string started_in_chinese(const Platform& platform, const Recovery& recovery, bool soon) {
  return fmt::format(
      "{}{}起至{}止，以寄到這個信箱的驗證碼登入的人，可以建立一個新的通行金鑰；\n"
      "原有的通行金鑰屆時全部失效。\n\n"
      "如果不是您本人，請立刻停止：用還在的通行金鑰登入，按每一頁上方的「停止找回帳號」；\n"
      "或以驗證碼登入，在「我的帳號」停止{}。\n"
      "接著請更換信箱的密碼，因為有其他人可以讀取您的信件。\n",
      soon ? "等待期間即將結束。\n\n"
           : "有人以寄到這個信箱的驗證碼登入，表示帳號的通行金鑰全部遺失。\n\n",
      long_time(recovery.opens_at, Language::zh_hant),
      long_time(recovery.closes_at, Language::zh_hant), account_page(platform, Language::zh_hant));
}

std::string stopped_text(Language language) {
  if (language == Language::en)
    return "The recovery of your account was stopped. Your passkeys stay as they are.\n\nIf you "
           "lost "
           "your passkeys and did not stop it yourself, somebody else can sign in to your account: "
           "change the\npassword of your mailbox and begin again.\n";
  return "找回帳號的程序已經停止，您的通行金鑰維持不變。\n\n"
         "如果您確實遺失了通行金鑰，又不是您本人停止的，表示有其他人可以登入您的帳號：\n"
         "請更換信箱的密碼，再重新開始。\n";
}

std::string recovery_subject(const Platform& platform, RecoveryNews news, Language language) {
  const bool english = language == Language::en;
  switch (news) {
    case RecoveryNews::started:
      return english ? "Your passkeys are to be replaced: was it you?"
                     : "有人要更換您的通行金鑰，是您本人嗎？";
    case RecoveryNews::soon:
      return english ? "Tomorrow your passkeys can be replaced" : "明天起可以更換您的通行金鑰";
    case RecoveryNews::stopped:
      return platform.name +
             (english ? ": the recovery of your account was stopped" : "：找回帳號已停止");
  }
  return {};
}

}  // namespace

OutgoingMail recovery_mail(std::string_view to, const Platform& platform, const Recovery& recovery,
                           RecoveryNews news, Language language) {
  OutgoingMail mail{std::string(to), recovery_subject(platform, news, language), {}};
  const bool soon = news == RecoveryNews::soon;
  if (news == RecoveryNews::stopped) mail.text = stopped_text(language);
  else if (language == Language::en) mail.text = started_in_english(platform, recovery, soon);
  else mail.text = started_in_chinese(platform, recovery, soon);
  return mail;
}

OutgoingMail replaced_mail(std::string_view to, std::string_view platform, Language language) {
  if (language == Language::en)
    return {
        std::string(to), fmt::format("Your passkeys at {} were replaced", platform),
        "A new passkey was created for your account. The earlier ones no longer work, and all "
        "other sign-ins were ended.\n\nIf it was not you, change the password of your mailbox and "
        "tell the agency that handles your matters at once.\n"};
  return {std::string(to), fmt::format("您在{}的通行金鑰已更換", platform),
          "您的帳號已建立新的通行金鑰。原有的通行金鑰都已失效，其他裝置上的登入也已結束。\n\n"
          "如果不是您本人，請更換信箱的密碼，並立刻通知承辦您事務的機關。\n"};
}

OutgoingMail bound_mail(std::string_view to, std::string_view platform, Language language) {
  if (language == Language::en)
    return {std::string(to), fmt::format("A new way to sign in to {}", platform),
            "Another way to sign in was added to your account. My account shows all of them.\n\nIf "
            "it was not you, remove it there and sign out everywhere.\n"};
  return {std::string(to), fmt::format("您在{}新增了一種登入方式", platform),
          "您的帳號新增了一種登入方式，「我的帳號」列出全部的登入方式。\n\n"
          "如果不是您本人，請在該頁移除，並登出所有裝置。\n"};
}

OutgoingMail address_mail(std::string_view to, std::string_view platform, Language language) {
  if (language == Language::en)
    return {
        std::string(to), fmt::format("Your address at {} was changed", platform),
        "Your account has another e-mail address now; this one receives no more codes and "
        "notices.\n\nIf it was not you, sign in, sign out everywhere and change it back, or tell "
        "the agency that handles your matters at once.\n"};
  return {std::string(to), fmt::format("您在{}的電子郵件地址已更改", platform),
          "您的帳號已改用另一個電子郵件地址，這個信箱不會再收到驗證碼和通知。\n\n"
          "如果不是您本人，請登入後登出所有裝置並改回來，或立刻通知承辦您事務的機關。\n"};
}

OutgoingMail enrolment_mail(std::string_view to, std::string_view platform, std::string_view lead,
                            Instant expires_at, Language language) {
  const std::string until = long_time(expires_at, language);
  if (language == Language::en)
    return {std::string(to), fmt::format("{}: you may create a new passkey", platform),
            fmt::format("{} lets you create one new passkey until {}.\n\nSign in with a code by "
                        "e-mail and create it in My account. Your earlier passkeys then stop "
                        "working.\nIf you did not ask for this, withdraw it there and tell {}.\n",
                        lead, until, lead)};
  return {std::string(to), fmt::format("{}：您可以建立新的通行金鑰", platform),
          fmt::format("{}已允許您建立一個新的通行金鑰，期限至{}。\n\n"
                      "請以電子郵件驗證碼登入，在「我的帳號」建立；原有的通行金鑰屆時失效。\n"
                      "如果您沒有提出這個要求，請在該頁撤回，並告知{}。\n",
                      lead, until, lead)};
}

}  // namespace minben::identity
