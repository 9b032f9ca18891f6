//! Attributes of an application (SEC A.3).

use super::attribute;

attribute! {
    /// Where an application's components run.
    Activation: "COMAdminActivationOptions" {
        /// In the creator's process: a library application.
        Library = 0 "COMAdminActivationInproc",
        /// In a process of their own: a server application.
        Server = 1 "COMAdminActivationLocal",
    }
}

attribute! {
    /// How deep an application's access checks go.
    AccessChecksLevel: "COMAdminAccessChecksLevelOptions" {
        /// At the border of the process only.
        Application = 0 "COMAdminAccessChecksApplicationLevel",
        /// At the process and at each component.
        Component = 1 "COMAdminAccessChecksApplicationComponentLevel",
    }
}

attribute! {
    /// How well the identity of a caller is proved.
    AuthenticationLevel: "COMAdminAuthenticationLevelOptions" {
        /// What the machine says.
        Default = 0 "COMAdminAuthenticationDefault",
        /// Not at all.
        None = 1 "COMAdminAuthenticationNone",
        /// When the connection is made.
        Connect = 2 "COMAdminAuthenticationConnect",
        /// At the beginning of each call.
        Call = 3 "COMAdminAuthenticationCall",
        /// For every packet.
        Packet = 4 "COMAdminAuthenticationPacket",
        /// And no packet was changed.
        Integrity = 5 "COMAdminAuthenticationIntegrity",
        /// And no packet was read.
        Privacy = 6 "COMAdminAuthenticationPrivacy",
    }
}

attribute! {
    /// What a called server may do in its caller's name.
    ImpersonationLevel: "COMAdminImpersonationLevelOptions" {
        /// It does not learn who calls.
        Anonymous = 1 "COMAdminImpersonationAnonymous",
        /// It may find out who calls.
        Identify = 2 "COMAdminImpersonationIdentify",
        /// It may act as the caller on its own machine.
        Impersonate = 3 "COMAdminImpersonationImpersonate",
        /// It may act as the caller anywhere.
        Delegate = 4 "COMAdminImpersonationDelegate",
    }
}

attribute! {
    /// Whether messages of a queued application are authenticated.
    QueueAuthentication: "COMAdminQCMessageAuthenticateOptions" {
        /// As the application's security settings say.
        SecureApplications = 0 "COMAdminQCMessageAuthenticateSecureApps",
        /// Never.
        Off = 1 "COMAdminQCMessageAuthenticateOff",
        /// Always.
        On = 2 "COMAdminQCMessageAuthenticateOn",
    }
}

attribute! {
    /// The width of a component's code.
    Bitness: "COMAdminComponentType" {
        /// 32 bits.
        Bits32 = 1 "COMAdmin32BitComponent",
        /// 64 bits.
        Bits64 = 2 "COMAdmin64BitComponent",
    }
}
