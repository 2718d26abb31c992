namespace RawStream.Tests; 
using NUnit.Framework;
public class X { [Test] public void A() => Assert.That(1, Is.EqualTo(1)); }
