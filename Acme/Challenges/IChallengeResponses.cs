namespace ScheduleZero.Acme.Challenges;

/// <summary>What a listener answers to the CA while the CA checks a name.</summary>
internal interface IChallengeResponses
{
    /// <summary>The word of the protocol for this kind of challenge, such as <c>http-01</c>.</summary>
    string Kind { get; }

    /// <summary>Lets the listener answer from now on.</summary>
    /// <param name="name">The host name or IP address that is checked.</param>
    /// <param name="token">The CA's word for this challenge.</param>
    /// <param name="keyAuthorization">The token with the thumbprint of the account's key.</param>
    void Add(string name, string token, string keyAuthorization);

    /// <summary>Ends the answers to one challenge.</summary>
    void Remove(string name, string token);
}
